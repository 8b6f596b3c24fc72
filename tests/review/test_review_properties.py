"""Whatever a change of policy is: if any token can do more after it, there is an escalation."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.policy_review import difference, policy
from codegen.policy_review.personas import Persona
from codegen.policy_review.policy import STRENGTH, Policy, Texts

SCOPES = ("a", "b", "c")
PATHS = ("/one", "/two", "/three", "/four")
_grant = st.tuples(st.sets(st.sampled_from(SCOPES), min_size=1), st.sampled_from(STRENGTH))
_grants = st.fixed_dictionaries({"/one": _grant}, optional=dict.fromkeys(PATHS[1:], _grant))
_change = st.tuples(st.sampled_from(PATHS), _grant)
_groups = st.dictionaries(
    st.sampled_from(["readonly", "trader"]), st.sets(st.sampled_from(SCOPES), min_size=1)
)
_people = st.dictionaries(
    st.sampled_from(["ada", "ben"]),
    st.sets(st.sampled_from([*SCOPES, "trader"])).map(lambda names: Persona(tuple(names))),
)


def _policy(grants: dict[str, tuple[set[str], str]], groups: dict[str, set[str]]) -> Policy:
    lines = ["scopes:", *(f"  {name}: Something." for name in SCOPES), "groups:", "  admin: all"]
    lines += [f"  {name}: [{', '.join(sorted(held))}]" for name, held in groups.items()]
    lines += ["endpoints:"]
    lines += [
        f"  {path}: {{scope: [{', '.join(sorted(needed))}], effect: {effect}}}"
        for path, (needed, effect) in grants.items()
    ]
    return policy.read(Texts("some", scopes="\n".join(lines)))


def _more(old: Policy, new: Policy) -> list[str]:
    """Name what some token, of any scopes at all, can change after a change and could not change before."""
    found: list[str] = []
    for size in range(len(SCOPES) + 1):
        for held in combinations(SCOPES, size):
            before, after = old.reached(held), new.reached(held)
            found += [
                name
                for name, tool in after.items()
                if tool.effect != "read" and (name not in before or before[name].effect == "read")
            ]
    return found


@settings(max_examples=100)
@given(_grants, _change, _groups, _groups, _people, _people)
def test_no_token_can_do_more_without_an_escalation(
    before: dict[str, tuple[set[str], str]],
    change: tuple[str, tuple[set[str], str]],
    groups: dict[str, set[str]],
    groups_after: dict[str, set[str]],
    people: dict[str, Persona],
    people_after: dict[str, Persona],
) -> None:
    after = {**before, change[0]: change[1]}
    old, new = _policy(before, groups), _policy(after, groups_after)
    found = difference.between(old, new, people, people_after)
    lowered = [
        path
        for path, (_, effect) in after.items()
        if path in before and STRENGTH.index(effect) < STRENGTH.index(before[path][1])
    ]
    if _more(old, new) or lowered:
        assert found.escalations
