"""Every explicit edge of a path over a VNet peering is needed, and keeps the order it is there for."""

from __future__ import annotations

import pytest

from kong_secure import AzureVnetPeering
from tests.components.azure.mocked_peering import GIVEN, ROLE, SUBSCRIPTION, WORDS, TwoEnds
from tests.components.explicit_edges import Edge, begins_too_early, explicit_edges

EDGES = {"peering": {"assignment", "rule allow-orders", "rule deny-orders"}}
GIVEN_ROLE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}"


def path() -> None:
    AzureVnetPeering("path", **GIVEN)


PROVED = WORDS.edges(EDGES)


def test_a_path_has_these_explicit_edges_and_no_others() -> None:
    assert WORDS.table(explicit_edges(path, TwoEnds())) == EDGES


def test_a_path_with_a_given_role_has_the_same() -> None:
    def other() -> None:
        AzureVnetPeering("path", **{**GIVEN, "role_definition_id": GIVEN_ROLE})

    assert explicit_edges(other, TwoEnds()) == frozenset(PROVED)


@pytest.mark.parametrize("edge", PROVED, ids=WORDS.name)
def test_each_explicit_edge_keeps_an_order_that_is_not_kept_without_it(edge: Edge) -> None:
    assert not begins_too_early(path, TwoEnds(), edge)
    assert begins_too_early(path, TwoEnds(), edge, without_edge=True)
