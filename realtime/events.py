"""What a client may send: one schema per event; unknown fields are refused."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from models import text

Word = Annotated[StrictStr, AfterValidator(text.clean)]  # what no database keeps is refused before it is asked for
Number = Annotated[Word, Field(min_length=1, max_length=64)]
Files = Annotated[list[Annotated[Word, Field(max_length=32)]], Field(max_length=10)]
Seq = Annotated[StrictInt, Field(ge=0, le=2**53)]


class Event(BaseModel):
    """The base of all events."""

    model_config = ConfigDict(extra="forbid")


class Open(Event):
    conversation: Number
    after: Seq = 0
    epoch: Word | None = None


class About(Event):
    type: Annotated[Word, Field(max_length=32)]
    id: Annotated[Word, Field(max_length=100)]


class Start(Event):
    client_id: StrictStr
    subject: StrictStr | None = None
    body: StrictStr
    about: About | None = None
    attachments: Files = Field(default_factory=list)


class Audience(Event):
    kind: Word
    organisation: Word | None = None


class Send(Event):
    conversation: Number
    client_id: StrictStr
    body: StrictStr = ""
    audience: Audience | Word | None = None
    attachments: Files = Field(default_factory=list)
    seen: Seq | None = None


class Keep(Event):
    conversation: Number
    client_id: StrictStr
    body: StrictStr
    audience: Audience | Word | None = None


class Ask(Event):
    conversation: Number
    client_id: StrictStr
    question: StrictStr
    answers: Annotated[list[StrictStr], Field(max_length=10)]
    audience: Audience | Word | None = None
    about: Annotated[Word, Field(max_length=100)] | None = None


class Answer(Event):
    decision: Number
    answer: Annotated[Word, Field(max_length=200)]


class Withdraw(Event):
    decision: Number


class ReadUpTo(Event):
    conversation: Number
    seq: Seq


class Typing(Event):
    conversation: Number
    on: StrictBool
    audience: Audience | Word | None = None


class Presence(Event):
    state: Annotated[StrictStr, Field(pattern="^(online|away)$")]


class Watch(Event):
    on: StrictBool
