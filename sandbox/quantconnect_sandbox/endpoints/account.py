"""account/read, authenticate, user/read, organizations/*: who the caller is, and where they belong.

Knows: invented balances and cards. Must not know: projects.
"""

from typing import Any

from quantconnect_sandbox.endpoints.access import organization_of
from quantconnect_sandbox.exchange.call import Call, Routes
from quantconnect_sandbox.state.identifiers import digest
from quantconnect_sandbox.state.people import Organization

PRICE_OF_SEAT = 10.0


async def authenticate(call: Call) -> dict[str, Any]:
    """Whether the signature holds; that is decided before this is reached (api-facts 2.1)."""
    return {}


async def read(call: Call) -> dict[str, Any]:
    """An organization's balance in QCC and its card, null for members (api-facts 7)."""
    organization = organization_of(call)
    admin = organization.members[0] == call.user.id
    card = {"brand": "visa", "expiration": "12/31", "last4": "4242"} if admin else None
    return {"organizationId": organization.id, "creditBalance": balance(organization), "card": card}


async def read_user(call: Call) -> dict[str, Any]:
    """Name and picture (what the LEAN CLI reads)."""
    return {"user": {"name": call.user.name, "profile": "", "badge": None}}


async def list_organizations(call: Call) -> dict[str, Any]:
    """Where the caller is a member; their own is owned by "You" (the LEAN CLI looks for that word)."""
    return {
        "organizations": [
            {
                "id": each.id,
                "name": each.name,
                "type": each.plan,
                "ownerName": "You" if each.members[0] == call.user.id else _name(call, each.members[0]),
                "members": len(each.members),
                "preferred": each.id == call.user.organization,
            }
            for each in call.world.people.organizations_of(call.user)
        ]
    }


async def read_organization(call: Call) -> dict[str, Any]:
    """One organization with members, products and credit (what the LEAN CLI reads)."""
    organization = organization_of(call)
    credit = balance(organization)
    seats = len(organization.members)
    item = {
        "productId": 1,
        "name": f"{organization.plan} seat",
        "quantity": seats,
        "unitPrice": PRICE_OF_SEAT,
        "total": seats * PRICE_OF_SEAT,
    }
    movement = {
        "date": "2026-01-01",
        "description": "Opening balance of the sandbox",
        "type": "credit",
        "subtype": "deposit",
        "amount": credit,
        "balance": credit,
    }
    members = [
        {
            "id": number,
            "name": _name(call, number),
            "isAdmin": place == 0,
            "email": call.user.email if number == call.user.id else "",
        }
        for place, number in enumerate(organization.members)
    ]
    return {
        "organization": {
            "id": organization.id,
            "name": organization.name,
            "seats": seats,
            "type": organization.plan,
            "credit": {"balance": credit, "movements": [movement]},
            "products": [{"name": "Seats", "items": [item]}],
            "data": {"signedTime": None, "current": False},
            "members": members,
        }
    }


def balance(organization: Organization) -> float:
    """QCC; different for each organization, always the same for one."""
    return 1000.0 + int(digest(f"balance {organization.id}")[:4], 16) / 4


def _name(call: Call, number: int) -> str:
    person = call.world.people.users.get(number)
    return person.name if person else ""


ROUTES: Routes = {
    "/authenticate": authenticate,
    "/account/read": read,
    "/user/read": read_user,
    "/organizations/list": list_organizations,
    "/organizations/read": read_organization,
}
