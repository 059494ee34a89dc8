"""Access codes: what a supplier is told by other means, and types before an order is shown through its mail's link.

A code is kept as a MAC under the installation's secret, as sign-in codes are. Whoever has typed it keeps a pass with the
device, which is good for every order of that supplier until the code is changed.
"""

from actions import limits, secrets, suppliers
from actions.checks import checked
from actions.log import record, record_privately
from models import text
from models.db import session
from models.messages import STAFF
from models.order_links import OrderLink
from models.organisations import Organisation
from models.purchasing import SupplierPolicy
from policy import ANONYMOUS, Actor, Invalid, require

SHORTEST, LONGEST = 6, 40
PER_PLACE = "10 per 10 minutes"
PER_LINK = "100 per day"  # whoever tries has the link itself: nobody else is kept waiting


def set_code(actor: Actor, organisation: Organisation, code: str | None) -> None:
    """Set the code of a supplier, or ask for none any more; whoever typed an earlier one is asked anew.

    Raises Forbidden, Invalid.
    """
    require(actor, "organisation:set_policy", organisation)
    kept = _hash(organisation.id, _checked(code)) if code is not None else None
    row = session.get(SupplierPolicy, organisation.id)
    if row is None:
        row = SupplierPolicy(organisation_id=organisation.id)
        session.add(row)
    before, row.access_code_hash = row.access_code_hash, kept
    if before == kept:
        return
    session.flush()
    words = "An access code is asked for mailed orders" if kept else "No access code is asked for mailed orders"
    record(actor, "supplier_policy_changed", words, {organisation.id: STAFF}, department="purchasing",
           subject=("organisation", organisation.public_id),
           detail={"access_code": {"from": bool(before), "to": bool(kept)}})  # fmt: skip


def _checked(code: str) -> str:
    typed = _typed(checked("access_code", text.clean, code))
    if not SHORTEST <= len(typed) <= LONGEST:
        raise Invalid(
            "access_code",
            "must have %(shortest)s to %(longest)s characters, blanks not counted",
            shortest=SHORTEST,
            longest=LONGEST,
        )
    return typed


def _typed(code: str) -> str:
    """A code as it is read out: blanks and the case of letters make no difference."""
    return "".join(code.split()).casefold()


def _hash(organisation_id: int, typed: str) -> str:
    return secrets.keyed("access code", organisation_id, typed)


def wanted(link: OrderLink, kept: str | None) -> bool:
    """Whether the code is to be asked for before anything is shown; `kept` is the pass that the device has."""
    code = suppliers.policy_of(link.organisation_id).access_code_hash
    if code is None:
        return False
    nonce, _, mac = (kept or "").partition(".")
    return not secrets.same(mac, _pass(link.organisation_id, code, nonce))


def cookie_of(link: OrderLink) -> str:
    """What the pass of one supplier is called on a device; the name tells nothing of whose it is."""
    return f"order-code-{secrets.keyed('access code of', link.organisation_id)[:16]}"


def _pass(organisation_id: int, code: str, nonce: str) -> str:
    return secrets.keyed("access code passed", organisation_id, code, nonce)


def check(link: OrderLink, given: str, place: str) -> str | None:
    """Take one try: return the pass that the device keeps, or None for a wrong code.

    The try is counted in any case, and a wrong one written down in the caller's unit, which must be stored whatever comes
    out. Raises Refused with `rate_limited` when it was tried too often.
    """
    limits.demand(PER_PLACE, "access code", link.public_id, place)
    limits.demand(PER_LINK, "access code", link.public_id)
    code = suppliers.policy_of(link.organisation_id).access_code_hash
    if code is not None and not secrets.same(_hash(link.organisation_id, _typed(given)), code):
        record_privately(ANONYMOUS, "sign_in_failed", f"A wrong access code was entered for {link.order.number}",
                         {"how": "access_code", "address": place, "link": link.public_id})  # fmt: skip
        return None
    nonce = secrets.new()
    return f"{nonce}.{_pass(link.organisation_id, code or '', nonce)}"
