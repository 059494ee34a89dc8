"""Importing: files of other systems are taken row by row, again and again, and nobody is told."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from actions import imports
from actions.imports import demo, reading
from actions.imports.fields import FIELDS, MESSAGE
from models import db, search
from models.articles import Article, ArticleVersion
from models.billing import Invoice
from models.conversations import Conversation, Party, Read
from models.interactions import Interaction
from models.jobs import Job
from models.logins import Revocation
from models.messages import Message
from models.orders import Order, OrderLine
from models.organisations import Organisation, OrganisationRole
from models.people import ContactPoint, Membership, Person
from models.products import Product
from models.settings import Counter
from models.shares import Share
from models.staff import Location, Staff, Team
from policy import SYSTEM, Forbidden, find, threads
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
SPECTRUM = ROOT.parent / "shared" / "data" / "csv_spectrum"

CUSTOMERS = """kind = "organisation"
source = "erp"
[columns]
external_reference = "id"
name = "company"
country = "land"
roles = "roles"
[values.country]
"Germany" = "DE"
"""
ORDERS = """kind = "order"
source = "erp"
date_format = "%d.%m.%Y"
decimal = ","
delimiter = ";"
[columns]
external_reference = "no"
organisation = "customer"
ordered_at = "date"
shipped_at = "shipped"
freight = "freight"
[defaults]
kind = "sales"
"""
LINES = """kind = "order-line"
source = "erp"
[columns]
order = "order"
product = "product"
quantity = "quantity"
unit_price = "price"
"""


@pytest.fixture
def take(database: str, tmp_path: Path):
    """Import rows given as text: take("organisations", rows, mapping) in a unit of its own."""

    def run(kind: str, rows: str | bytes, mapping: str | None = None, name: str = "rows.csv", **more):
        file, toml = tmp_path / name, tmp_path / "map.toml"
        file.write_bytes(rows if isinstance(rows, bytes) else rows.encode())
        if mapping is not None:
            toml.write_text(mapping)
        with db.unit(write=True):
            return imports.run(SYSTEM, kind, file, toml if mapping is not None else None, **more)

    return run


@pytest.fixture
def business(take) -> None:
    """Two customers, a supplier, two products and a few orders of the source erp."""
    take(
        "organisations",
        "id,company,land,roles\nA,Alpha,Germany,customer\nB,Beta,FR,customer\nS,Sigma,FR,supplier\n",
        CUSTOMERS,
    )
    products = "external_reference,name,supplier,pack,supplier_sku\nP1,Chang,S,24 bottles,S-1\nP2,Chai,S,10 boxes,S-2\n"
    take("products", products, 'kind = "product"\nsource = "erp"\n')
    take("orders", "no;customer;date;shipped;freight\n1;A;04.05.2026;;1,50\n2;B;04.05.2026;06.05.2026;\n", ORDERS)


def counts(report) -> tuple[int, int, int, int, int]:
    return report.read, report.added, report.changed, report.unchanged, report.refused


def one(query):
    with db.unit(write=False):
        return db.session.scalars(query).unique().one()


def number(table) -> int:
    with db.unit(write=False):
        return db.session.scalar(select(func.count()).select_from(table))


def test_the_same_file_twice_adds_and_changes_nothing_the_second_time(take) -> None:
    rows = "id,company,land,roles\nA,Alpha,Germany,customer\nB,Beta,FR,customer;distributor\n"
    assert counts(take("organisations", rows, CUSTOMERS)) == (2, 2, 0, 0, 0)
    assert counts(take("organisations", rows, CUSTOMERS)) == (2, 0, 0, 2, 0)


def test_only_rows_that_really_differ_count_as_changed(take) -> None:
    take("organisations", "id,company,land,roles\nA,Alpha,Germany,customer\nB,Beta,FR,customer\n", CUSTOMERS)
    report = take("organisations", "id,company,land,roles\nA,Alpha,DE,customer\nB,Beta,FR,supplier\n", CUSTOMERS)
    assert counts(report) == (2, 0, 1, 1, 0)
    beta = one(select(Organisation).where(Organisation.external_reference == "B"))
    with db.unit(write=False):
        roles = db.session.scalars(
            select(OrganisationRole.role).where(OrganisationRole.organisation_id == beta.id)
        ).all()
    assert (beta.roles, roles, beta.version) == (["supplier"], ["supplier"], 2)


def test_what_a_mapping_does_not_name_is_left_alone(take) -> None:
    take("organisations", "external_reference,name,city\nA,Alpha,Graz\n")
    take("organisations", "external_reference,name\nA,Alfa\n")
    assert one(select(Organisation.city)) == "Graz"


def test_the_same_reference_of_another_source_is_another_organisation(take) -> None:
    rows = "id,company,land,roles\nA,Alpha,FR,customer\n"
    take("organisations", rows, CUSTOMERS)
    assert counts(take("organisations", rows, CUSTOMERS.replace('"erp"', '"crm"'))) == (1, 1, 0, 0, 0)


def test_a_bad_row_is_refused_with_line_column_and_reason_and_the_others_are_kept(take) -> None:
    rows = 'id,company,land,roles\nA,Alpha,FR,customer\nB,"Two\nlines",FR,boss\nC,,FR,customer\nD,Delta,FR,\n'
    report = take("organisations", rows, CUSTOMERS)
    assert counts(report) == (4, 2, 0, 0, 2)
    assert [(one.line, one.column) for one in report.refusals] == [(3, "roles"), (5, "company")]
    assert str(report.refusals[0]) == "line 3, roles: “boss” is unknown: use customer, vendor, supplier or distributor"


@pytest.mark.parametrize("dry", [True, False])
def test_a_dry_run_says_the_same_and_stores_nothing(take, dry: bool) -> None:
    report = take("organisations", "external_reference,name\nA,Alpha\nB,\n", dry_run=dry)
    assert (counts(report), number(Organisation)) == ((2, 1, 0, 0, 1), 0 if dry else 1)


def test_an_import_tells_nobody_and_is_one_row_of_the_log(take) -> None:
    told = []
    db.listen("interaction", told.extend)
    take("organisations", "external_reference,name\nA,Alpha\n")
    db.forget_listeners()
    row = one(select(Interaction))
    assert (row.kind, row.organisation_id, row.audience, row.detail["added"]) == ("imported", None, "staff", 1)
    assert (told, number(Job)) == ([[]], 0)


def test_only_an_admin_imports(world: World, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("external_reference,name\nA,Alpha\n")
    with db.unit(write=True), pytest.raises(Forbidden):
        imports.run(world.steven, "organisations", file)
    with db.unit(write=True):
        assert imports.run(world.andrew, "organisations", file).added == 1


# reading


@pytest.mark.skipif(not SPECTRUM.exists(), reason=f"NOT TESTED: the CSV spectrum is not at {SPECTRUM}")
@pytest.mark.parametrize("file", sorted(SPECTRUM.glob("csvs/*.csv")), ids=lambda file: file.stem)
def test_every_kind_of_csv_is_read_as_expected(file: Path) -> None:
    expected = json.loads((SPECTRUM / "json" / f"{file.stem}.json").read_text())
    assert [row.cells for row in reading.rows(file)] == expected


def test_a_byte_order_mark_is_no_part_of_the_first_column(take) -> None:
    assert take("organisations", "\ufeffexternal_reference,name\nA,Alpha\n").added == 1


def test_a_wrong_encoding_is_one_clear_error(take) -> None:
    with pytest.raises(imports.Unreadable, match="is not utf-8: set `encoding`"):
        take("organisations", "external_reference,name\nA,Köln\n".encode("cp1252"))


def test_another_encoding_is_read_when_the_mapping_names_it(take) -> None:
    take(
        "organisations", "external_reference,name\nA,Köln €\n".encode("cp1252"), 'source = "erp"\nencoding = "cp1252"\n'
    )
    assert one(select(Organisation.name)) == "Köln €"


def test_text_keeps_its_exact_code_points(take) -> None:
    name = "  Cafe\u0301 \u200bﬁ \U0001f469\u200d\U0001f4bb "
    take("organisations", f"external_reference,name\nA,{name}\n")
    assert one(select(Organisation.name)) == name


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("B", "has 1 cells where the header has 2"),
        ("B,Beta,more", "has 3 cells where the header has 2"),
        ('B,"Be"ta', "is no correct CSV"),
        ("B,Be\0ta", "contains a NUL character"),
        (f"B,{'x' * 201}", "is too long"),
        ("B,\u3000", "is empty"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_the_next_is_read(take, row: str, reason: str) -> None:
    report = take("organisations", f"external_reference,name\nA,Alpha\n{row}\nC,Gamma\n")
    assert (counts(report), report.refusals[0].line) == ((3, 2, 0, 0, 1), 3)
    assert reason in report.refusals[0].reason


def test_a_quotation_mark_never_closed_is_named_where_it_was_opened(take) -> None:
    report = take("organisations", 'external_reference,name\nA,Alpha\nB,"Beta\nC,Gamma\n')
    assert counts(report) == (2, 1, 0, 0, 1)
    assert str(report.refusals[0]).startswith("line 3: opens a quotation mark that is never closed (it reaches to line")


def test_half_a_character_in_json_is_refused(take) -> None:
    report = take("organisations", '{"external_reference": "A", "name": "\\ud800"}\nnonsense\n[]\n', name="rows.jsonl")
    assert [refusal.line for refusal in report.refusals] == [1, 2, 3]
    assert "half of a character" in report.refusals[0].reason


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ('[columns]\nname = "company"\nexternal_reference = "nr"', r"unknown column nr; known are id, company"),
        ('[columns]\nnmae = "company"', r"unknown field nmae \(did you mean name\?\)"),
        ('[defaults]\nnmae = "x"', "unknown field nmae"),
        ('[values.nmae]\n"x" = "y"', "unknown field nmae"),
        ('[columns]\nname = "company"', "external_reference: needed in every row"),
        ('kind = "order"', "the mapping is for order, not for organisation"),
        ('colums = "x"', r"unknown setting colums \(did you mean columns\?\)"),
        ('delimiter = ";;"', "delimiter must be one character"),
        ('decimal = "x"', "decimal must be"),
        ('source = " "', "source must name"),
        ("kind = ", "is no correct TOML"),
        ('encoding = "utf-99"', "utf-99 is no encoding"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_before_any_row(take, mapping: str, reason: str) -> None:
    with pytest.raises(imports.Unreadable, match=reason):
        take("organisations", "id,company\nA,Alpha\n", mapping)
    assert number(Organisation) == 0


def test_an_unknown_kind_is_refused_naming_the_known_ones(take) -> None:
    with pytest.raises(imports.Unreadable, match="invoicess cannot be imported: use organisations, relations, people"):
        take("invoicess", "a\n1\n")


def test_an_empty_file_is_refused(take) -> None:
    with pytest.raises(imports.Unreadable, match="is empty"):
        take("organisations", "")


# values and references


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("customer", "Z", "“Z” is no known organisation"),
        ("date", "2026-05-04", "“2026-05-04” is no date written as %d.%m.%Y"),
        ("date", "04.05.0026", "lies outside the years"),
        ("freight", "1.50", "numbers here are written with “,”"),
        ("freight", "12x", "“12x” is no number"),
        ("freight", "9999999999999", "is too large"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_in_words(take, business, column: str, value: str, reason: str) -> None:
    row = {"no": "9", "customer": "A", "date": "04.05.2026", "shipped": "", "freight": ""} | {column: value}
    report = take("orders", f"{';'.join(row)}\n{';'.join(row.values())}\n", ORDERS)
    assert (report.refused, report.refusals[0].column) == (1, column)
    assert reason in report.refusals[0].reason


@pytest.mark.parametrize("quantity", ["-1", "1.5", "many", "１２"])
def test_a_quantity_is_whole_and_not_negative(take, business, quantity: str) -> None:
    report = take("order-lines", f"order,product,quantity,price\n1,P1,{quantity},19\n", LINES)
    assert (report.refused, report.refusals[0].column) == (1, "quantity")


def test_amounts_are_exact_and_rounded_once(take, business) -> None:
    take("order-lines", "order,product,quantity,price\n1,P1,10,9.80000019\n", LINES)
    assert one(select(OrderLine.unit_price)) == Decimal("9.8")
    assert take("order-lines", "order,product,quantity,price\n1,P1,10,9.80000019\n", LINES).unchanged == 1


def test_a_date_without_a_zone_is_midnight_in_utc(take, business) -> None:
    assert one(select(Order.ordered_at).where(Order.number == "1")) == datetime(2026, 5, 4, tzinfo=UTC)


def test_a_sales_order_that_was_shipped_says_so_without_being_told(take, business) -> None:
    with db.unit(write=False):
        assert dict(db.session.execute(select(Order.number, Order.status)).all()) == {"1": "open", "2": "shipped"}


def test_a_status_of_the_other_kind_is_refused(take, business) -> None:
    mapping = ORDERS.replace("[defaults]", '[defaults]\nstatus = "confirmed"')
    report = take("orders", "no;customer;date;shipped;freight\n9;A;;;\n", mapping)
    assert "“confirmed” is no status of a sales order" in report.refusals[0].reason


def test_the_supplier_s_answer_is_not_undone_by_a_file_that_does_not_know_it(take, business) -> None:
    rows = "external_reference,kind,organisation,status\nPO-1,purchase,S,sent\n"
    take("orders", rows, 'source = "erp"')
    with db.unit(write=True):
        order = db.session.scalars(select(Order).where(Order.number == "PO-1")).unique().one()
        order.status, order.answered_version = "confirmed", 1
    assert take("orders", rows, 'source = "erp"').unchanged == 1
    assert one(select(Order.status).where(Order.number == "PO-1")) == "confirmed"
    take("orders", rows.replace("sent", "received"), 'source = "erp"')
    assert one(select(Order.status).where(Order.number == "PO-1")) == "received"


def test_an_order_number_belongs_to_one_order(take, business) -> None:
    rows = "external_reference,kind,organisation,number\nX,sales,A,1\nY,sales,A,77\nZ,sales,A,77\n"
    report = take("orders", rows, 'source = "erp"')
    assert [(one.line, one.column) for one in report.refusals] == [(2, "number"), (4, "number")]


def test_a_reference_may_stand_in_a_file_only_once(take) -> None:
    report = take("organisations", "external_reference,name\nA,Alpha\nA,Alfa\n")
    assert (report.added, str(report.refusals[0])) == (1, "line 3: stands in line 2 already")


def test_a_reference_known_in_several_other_sources_is_refused(take, business) -> None:
    take("organisations", "id,company,land,roles\nA,Other,FR,customer\n", CUSTOMERS.replace('"erp"', '"crm"'))
    report = take("orders", "external_reference,kind,organisation\n9,sales,A\n8,sales,B\n")
    assert (report.added, report.refused) == (1, 1)
    assert "several have this reference in different sources" in report.refusals[0].reason


def test_lines_without_numbers_are_counted_within_their_order_and_refused_ones_keep_their_place(take, business) -> None:
    rows = "order,product,quantity,price\n1,P1,bad,1\n2,P1,5,1\n1,P2,7,1\n"
    report = take("order-lines", rows, LINES)
    assert (report.added, report.refused) == (2, 1)
    assert counts(take("order-lines", rows.replace("bad", "3"), LINES)) == (3, 1, 0, 2, 0)
    with db.unit(write=False):
        found = db.session.execute(select(Order.number, OrderLine.line, OrderLine.quantity).join(OrderLine)).all()
    assert sorted(found) == [("1", 1, 3), ("1", 2, 7), ("2", 1, 5)]


def test_everything_on_a_shipped_order_has_been_shipped(take, business) -> None:
    take("order-lines", "order,product,quantity,price\n1,P1,3,1\n2,P1,5,1\n", LINES)
    with db.unit(write=False):
        found = db.session.execute(select(OrderLine.quantity, OrderLine.quantity_shipped).order_by(OrderLine.quantity))
        assert found.all() == [(3, 0), (5, 5)]


def test_the_name_on_a_line_stays_when_the_product_is_renamed(take, business) -> None:
    rows = "order,product,quantity,price\n1,P1,3,1\n"
    take("order-lines", rows, LINES)
    take("products", "external_reference,name\nP1,Chang Gold\n", 'source = "erp"')
    assert take("order-lines", rows, LINES).unchanged == 1
    assert one(select(OrderLine.description)) == "Chang"


def test_an_invoice_concerns_the_customer_of_its_order(take, business) -> None:
    take("invoices", "external_reference,order,issued_at,total\nI1,2,2026-05-06,12.34\n", 'source = "erp"')
    invoice = one(select(Invoice))
    assert (invoice.number, invoice.total, invoice.organisation_id) == (
        "I1", Decimal("12.34"), one(select(Organisation.id).where(Organisation.name == "Beta")),
    )  # fmt: skip


def test_a_relation_without_an_object_is_to_the_business_itself(take, business) -> None:
    rows = "from,to,kind\nS,,supplies\nA,B,subsidiary_of\nB,B,subsidiary_of\n"
    mapping = 'source = "erp"'
    assert counts(take("relations", rows, mapping)) == (3, 2, 0, 0, 1)
    assert counts(take("relations", rows, mapping)) == (3, 0, 0, 2, 1)


# people and staff


def test_a_person_gets_a_membership_and_ways_to_be_reached(take, business) -> None:
    rows = "external_reference,name,email,phone,organisation,role\nA1,Renate,R@alpha.example,+49 (69) 12-34,A,manager\n"
    assert counts(take("people", rows, 'source = "erp"')) == (1, 1, 0, 0, 0)
    assert counts(take("people", rows, 'source = "erp"')) == (1, 0, 0, 1, 0)
    membership = one(select(Membership))
    assert (membership.side, membership.role) == ("customer", "manager")
    with db.unit(write=False):
        points = db.session.execute(select(ContactPoint.kind, ContactPoint.value_key, ContactPoint.reversed_digits))
        assert sorted(points.all()) == [("email", "r@alpha.example", None), ("phone", "49691234", "43219694")]


def test_a_membership_that_has_ended_stays_ended(take, business) -> None:
    rows = "external_reference,name,organisation,role\nA1,Renate,A,member\n"
    take("people", rows, 'source = "erp"')
    with db.unit(write=True):
        db.session.scalars(select(Membership)).unique().one().ended_at = datetime.now(UTC)
    assert take("people", rows.replace("member", "manager"), 'source = "erp"').unchanged == 1
    assert one(select(Membership.role)) == "member"


def test_staff_bring_their_teams_and_locations_with_them(take) -> None:
    rows = "external_reference,name,teams,location,zone\n1,Nancy,Support; sales,Seattle,America/Los_Angeles\n"
    rows += "2,Otto,SUPPORT,seattle,\n"
    assert counts(take("staff", rows)) == (2, 2, 0, 0, 0)
    assert counts(take("staff", rows)) == (2, 0, 0, 2, 0)
    assert (number(Team), number(Location), one(select(Location.zone))) == (2, 1, "America/Los_Angeles")
    assert take("staff", rows.replace("Support; sales", "sales")).changed == 1
    with db.unit(write=False):
        nancy = db.session.scalars(select(Staff).join(Person).where(Person.name == "Nancy")).unique().one()
        assert [team.name for team in nancy.teams] == ["sales"]


def test_who_may_do_less_by_an_import_is_asked_anew_where_they_are_connected(take, business) -> None:
    """A socket stands on what its owner was as it connected."""
    staff = "external_reference,name,role,reach,teams\n1,Nancy,lead,all,Support\n2,Otto,agent,teams,Support\n"
    take("staff", staff)
    people = "external_reference,name,organisation,role\nA1,Renate,A,manager\n"
    take("people", people, 'source = "erp"')
    assert number(Revocation) == 0
    take("staff", staff.replace("lead,all", "agent,teams"))
    take(
        "staff", staff.replace("lead,all", "agent,teams").replace("Otto,agent,teams,Support", "Otto,agent,teams,Sales")
    )
    take("people", people.replace("manager", "member"), 'source = "erp"')
    with db.unit(write=False):
        ended = db.session.execute(select(Revocation.kind, Revocation.subject_id).order_by(Revocation.id)).all()
        staff_ids = db.session.scalars(select(Staff.id).order_by(Staff.id)).all()[-2:]
        membership = db.session.scalars(select(Membership.id)).all()[-1]
    assert [tuple(one) for one in ended] == [
        ("staff", staff_ids[0]), ("staff", staff_ids[1]), ("membership", membership),
    ]  # fmt: skip


# articles


def folder(tmp_path: Path, **files: str) -> Path:
    place = tmp_path / "kb"
    for name, words in files.items():
        file = place / name.replace("__", "/").replace("_de", ".de")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_name(f"{file.name}.md").write_text(words)
    return place


def take_articles(place: Path):
    with db.unit(write=True):
        return imports.run(SYSTEM, "articles", place)


def test_a_folder_of_markdown_becomes_articles_with_their_languages(database: str, tmp_path: Path) -> None:
    head = '---\ntitle: "Delivery: when"\ncategory: Orders\naudience: customers\nkeywords: ["van", lorry]\n---\n\n'
    german = "---\ntitle: Lieferung\nkeywords: [Wagen]\n---\nBald.\n"
    place = folder(tmp_path, delivery=f"{head}Soon.\n", delivery_de=german, more__returns="# Returns\n\nSend them.\n")
    assert counts(take_articles(place)) == (3, 3, 0, 0, 0)
    assert counts(take_articles(place)) == (3, 0, 0, 3, 0)
    article = one(select(Article).where(Article.slug == "delivery"))
    assert (article.category, article.audience, article.state) == ("Orders", "customers", "published")
    assert article.keywords == ["van", "lorry", "Wagen"]
    assert {(text.language, text.title, text.body) for text in article.texts} == {
        ("en", "Delivery: when", "Soon.\n"), ("de", "Lieferung", "Bald.\n"),
    }  # fmt: skip
    returns = one(select(Article).where(Article.slug == "returns"))
    assert (returns.category, returns.texts[0].title) == ("More", "Returns")


def test_a_changed_text_is_a_new_version(database: str, tmp_path: Path) -> None:
    take_articles(folder(tmp_path, delivery="Soon.\n"))
    assert take_articles(folder(tmp_path, delivery="Later.\n")).changed == 1
    with db.unit(write=False):
        versions = db.session.execute(
            select(ArticleVersion.number, ArticleVersion.body).order_by(ArticleVersion.number)
        )
        assert versions.all() == [(1, "Soon.\n"), (2, "Later.\n")]


def test_an_imported_article_is_found_by_its_words_and_those_of_its_translations(database: str, tmp_path: Path) -> None:
    german = "---\ntitle: Lieferung\nkeywords: Wagen, Termin\n---\nBald.\n"
    take_articles(folder(tmp_path, delivery="Soon.\n", delivery_de=german))
    take_articles(folder(tmp_path, delivery="Later.\n"))
    with db.unit(write=False):
        found = {
            q: len(search.articles(db.session(), q, select(Article.id))) for q in ("later", "bald", "termin", "soon")
        }
    assert found == {"later": 1, "bald": 1, "termin": 1, "soon": 0}


def test_a_translation_does_not_stand_without_its_article(database: str, tmp_path: Path) -> None:
    place = folder(tmp_path, delivery="---\naudience: everybody\n---\nSoon.\n", delivery_de="Bald.\n", other="Fine.\n")
    report = take_articles(place)
    assert (report.added, [(one.file, one.column) for one in report.refusals]) == (
        1, [("delivery.md", "audience"), ("delivery.de.md", "file")],
    )  # fmt: skip


def test_files_of_the_same_name_in_two_folders_are_two_articles(database: str, tmp_path: Path) -> None:
    place = folder(tmp_path, a__index="One.\n", b__index="Two.\n")
    assert counts(take_articles(place)) == (2, 2, 0, 0, 0)
    assert counts(take_articles(place)) == (2, 0, 0, 2, 0)
    with db.unit(write=False):
        assert sorted(db.session.scalars(select(Article.slug))) == ["b-index", "index"]


# conversations and interactions


def said(author: str | None, side: str, audience: str, at: str, body: str) -> dict[str, str | None]:
    return {"author": author, "side": side, "audience": audience, "at": at, "body": body}


@pytest.fixture
def thread(take, world: World) -> dict:
    """A request of Lehmanns in which Exotic Liquids took part; the cast lends the people references."""
    with db.unit(write=True):
        for actor, reference in ((world.renate, "R"), (world.charlotte, "C")):
            db.session.get_one(Person, actor.person_id).external_reference = reference
            db.session.get_one(Person, actor.person_id).source = "northwind"
        member = db.session.get_one(Staff, world.nancy.staff_id)
        member.source, member.external_reference = "northwind", "1"
    return {
        "external_reference": "C1", "number": "4711", "subject": "Short", "organisation": "LEHMS", "status": "open",
        "team": "support", "assignee": "1", "about": {"type": "order", "id": "11070"},
        "messages": [
            said("R", "customer", "customer", "2026-05-04T08:00:00Z", "Will it come?"),
            said("1", "staff", "staff", "2026-05-04T08:05:00Z", "Ask Exotic"),
            said("1", "staff", "everyone", "2026-05-04T08:10:00Z", "Asking the supplier"),
            said("C", "partner", "everyone", "2026-05-04T09:00:00Z", "It will"),
        ],
    }  # fmt: skip


def take_thread(take, thread: dict):
    return take("conversations", json.dumps(thread) + "\n", name="c.jsonl")


def bodies(actor) -> list[str]:
    with db.unit(write=False):
        conversation = find(actor, Conversation, number="4711")
        return [one["body"] for one in threads.messages(actor, conversation, "Northwind")]


def test_a_conversation_is_imported_whole_and_once(take, thread: dict, world: World) -> None:
    assert counts(take_thread(take, thread)) == (1, 1, 0, 0, 0)
    assert counts(take_thread(take, thread)) == (1, 0, 0, 1, 0)
    row = one(select(Conversation))
    assert (row.last_seq, row.heads) == (4, {"everyone": 4, "customer": 1, f"partner:{world.exotic}": 0})
    assert (row.about_id, row.status, row.created_at) == ("11070", "open", datetime(2026, 5, 4, 8, tzinfo=UTC))
    assert row.snippet_outside["customer"] == "It will" and row.waiting_since == datetime(2026, 5, 4, 9, tzinfo=UTC)
    assert number(Job) == number(Read) == 0


def test_each_audience_reads_its_own_of_an_imported_conversation(take, thread: dict, world: World) -> None:
    take_thread(take, thread)
    with db.unit(write=True):  # the share of so old a conversation has run out, which is tested below
        db.session.scalars(select(Share)).unique().one().expires_at = None
    assert bodies(world.renate) == ["Will it come?", "Asking the supplier", "It will"]
    assert bodies(world.charlotte) == ["Asking the supplier", "It will"]
    assert len(bodies(world.nancy)) == 4


def test_a_partner_s_share_of_an_imported_conversation_ends_ninety_days_after_it(
    take, thread: dict, world: World
) -> None:
    take_thread(take, thread)
    assert one(select(Share.expires_at)) == datetime(2026, 8, 2, 9, tzinfo=UTC)
    with db.unit(write=False):
        party = db.session.scalars(select(Party).where(Party.side == "partner")).unique().one()
        assert (party.from_seq, party.introduced_seq) == (2, None)


def test_every_message_stands_on_the_timeline_of_each_organisation_once(take, thread: dict, world: World) -> None:
    take_thread(take, thread)
    with db.unit(write=False):
        rows = db.session.execute(
            select(Interaction.organisation_id, Interaction.kind).where(Interaction.conversation_id.is_not(None))
        )
        found = sorted(rows.all())
    assert found == sorted(
        [(world.lehmanns, "message")] * 3 + [(world.lehmanns, "note")] + [(world.exotic, "message")] * 2
    )


def test_a_conversation_with_a_supplier_alone_has_no_customer(take, thread: dict, world: World) -> None:
    thread |= {"organisation": "S1", "messages": thread["messages"][2:]}
    take_thread(take, thread)
    row = one(select(Conversation))
    assert (row.organisation_id, [(one.organisation_id, one.side) for one in row.parties]) == (
        None,
        [(world.exotic, "partner")],
    )


def test_an_imported_conversation_is_never_rewritten(take, thread: dict) -> None:
    take_thread(take, thread)
    thread["messages"][0]["body"] = "I never said that"
    report = take_thread(take, thread)
    assert (report.refused, number(Message)) == (1, 4)
    assert "messages never change" in report.refusals[0].reason


def test_numbers_given_out_later_lie_above_imported_ones(take, thread: dict) -> None:
    second = {**thread, "external_reference": "C2"}
    del second["number"]
    take("conversations", f"{json.dumps(thread)}\n{json.dumps(second)}\n", name="c.jsonl")
    with db.unit(write=False):
        assert sorted(db.session.scalars(select(Conversation.number))) == ["4711", "4712"]
    assert one(select(Counter.value).where(Counter.name == "conversations")) == 4712


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"messages": []}, "at least one message"),
        ({"messages": [said("R", "customer", "customer", "2026-05-04", "")]}, "message 1, body: is empty"),
        (
            {"messages": [said("X", "customer", "customer", "2026-05-04", "Hi")]},
            "message 1, author: “X” is no known person",
        ),
        ({"messages": [{"body": "Hi"}]}, "message 1, side: is empty"),
        ({"team": "nobody"}, "“nobody” is no known team"),
        ({"about": {"type": "order", "id": "0"}}, "“0” is no known order"),
        ({"about": {"type": "planet", "id": "0"}}, "must have a type"),
        ({"colour": "red"}, "is no field"),
        ({"rating": 6}, "must be 1 to 5"),
    ],
)
def test_a_conversation_that_cannot_be_understood_is_refused_whole(
    take, thread: dict, change: dict, reason: str
) -> None:
    report = take_thread(take, thread | change)
    assert (report.refused, number(Message)) == (1, 0)
    assert reason in report.refusals[0].reason


def test_a_call_from_before_stands_in_the_log_for_staff_and_is_never_changed(take, thread: dict, world: World) -> None:
    head = "external_reference,organisation,kind,channel,direction,at,duration_s,summary,staff\n"
    row = "L1,LEHMS,call,telephone,outbound,2026-05-04T08:00:00Z,90,Said hello,1\n"
    mapping = 'source = "northwind"'
    assert counts(take("interactions", head + row, mapping)) == (1, 1, 0, 0, 0)
    assert counts(take("interactions", head + row, mapping)) == (1, 0, 0, 1, 0)
    call = one(select(Interaction).where(Interaction.kind == "call"))
    assert (call.audience, call.touchpoint, call.actor_id, call.detail["duration_s"]) == (
        "staff",
        True,
        world.nancy.person_id,
        90,
    )
    report = take("interactions", head + row.replace("hello", "goodbye"), mapping)
    assert "the log is never changed" in report.refusals[0].reason


# size


def test_a_thousand_rows_more_cost_a_handful_of_statements_more(take, business) -> None:
    def statements(rows: int) -> int:
        seen = []
        event.listen(db.engine(), "before_cursor_execute", lambda *_: seen.append(1))
        text = "external_reference,name\n" + "".join(f"P{rows}-{place},Product {place}\n" for place in range(rows))
        assert take("products", text, 'source = "erp"').added == rows
        return len(seen)

    assert statements(1100) - statements(100) <= 10


def test_a_row_that_only_the_database_refuses_does_not_stop_the_others(take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports.KINDS["organisations"], "derive", lambda self, item: item.values.update(
        name_key=None if item.given["name"] == "Bad" else "x"))  # fmt: skip
    rows = "".join(f"{place},{'Bad' if place == 5 else 'Good'}\n" for place in range(9))
    report = take("organisations", "external_reference,name\n" + rows)
    assert (counts(report), report.refusals[0].line) == ((9, 8, 0, 0, 1), 7)
    assert "the database refused it" in report.refusals[0].reason


# the demo business and the docs


@pytest.fixture
def loaded(database: str) -> list[imports.Report]:
    """The demo business, loaded once."""
    return load_demo()


def load_demo() -> list[imports.Report]:
    reports = []
    for step in demo.steps(SYSTEM):
        with db.unit(write=True):
            reports.append(step(None))
    with db.unit(write=True):
        demo.finish(SYSTEM)
    return reports


def test_the_demo_business_is_loaded_whole_and_loading_it_again_changes_nothing(loaded) -> None:
    added = [(report.kind, report.added, report.refused) for report in loaded]
    assert added[:9] == [
        ("staff", 9, 0), ("organisation", 91, 0), ("organisation", 29, 0), ("organisation", 6, 0), ("relation", 15, 0),
        ("person", 141, 0), ("product", 77, 0), ("order", 830, 0), ("order-line", 2155, 0),
    ]  # fmt: skip
    assert not [report.refusals for report in loaded if report.refused]
    assert {(report.added, report.changed, report.refused) for report in load_demo()} == {(0, 0, 0)}


def test_the_newest_order_of_the_demo_lies_in_the_last_week_on_its_own_weekday(loaded) -> None:
    newest = one(select(func.max(Order.ordered_at)).where(Order.kind == "sales")).date()
    assert 0 < (datetime.now(UTC).date() - newest).days <= 7
    assert newest.weekday() == date(1998, 5, 6).weekday()
    assert one(select(Product.next_arrival).where(Product.sku == "NW-002")).date() > datetime.now(UTC).date()


def test_every_field_of_every_kind_is_documented() -> None:
    words = (ROOT / "docs" / "import.md").read_text()
    for kind, importer in imports.KINDS.items():
        section = words.split(f"\n## {kind}\n")[1].split("\n## ")[0]
        missing = [name for name in FIELDS[importer.kind] if f"`{name}`" not in section]
        assert not missing, f"{kind}: {missing}"
    assert not [name for name in MESSAGE if f"`{name}`" not in words.split("\n## conversations\n")[1]]
