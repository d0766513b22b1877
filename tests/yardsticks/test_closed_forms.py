"""The formulas against numbers that were computed elsewhere, by other means (birth-death chains, published tables)."""

from __future__ import annotations

import pytest

from tests.yardsticks import closed_forms as theory

HOUR = 3600
SLOWING = (1.0, 0.7, 0.5)


@pytest.mark.parametrize(
    ("per_hour", "work", "servers", "p_wait", "wait", "queue", "level"),
    [
        (100, 180, 7, 0.324150, 29.1735, 0.810375, 0.740441),
        (30, 60, 1, 0.5, 60, 0.5, 0.576759),
        (1200, 240, 85, 0.474832, 22.7919, 7.59731, 0.686971),
    ],
)
def test_waiting(
    per_hour: float, work: float, servers: int, p_wait: float, wait: float, queue: float, level: float
) -> None:
    found = theory.erlang_c(per_hour / HOUR, work, servers)
    assert (found.p_wait, found.wait, found.queue) == pytest.approx((p_wait, wait, queue), rel=1e-5)
    assert found.level(20) == pytest.approx(level, abs=1e-6)


@pytest.mark.parametrize(
    ("per_hour", "servers", "patience", "p_wait", "abandoned", "wait", "queue", "occupancy", "level"),
    [
        (100, 5, 300, 0.613879, 0.153808, 46.1425, 1.281737, 0.846192, 0.468293),
        (100, 4, 120, 0.683524, 0.304330, 36.5196, 1.014433, 0.869588, 0.405756),
        (100, 5, 180, 0.559507, 0.175467, 31.5841, 0.877337, 0.824533, 0.531865),
        (200, 5, 300, 0.991792, 0.501204, 150.3611, 8.353396, 0.997592, 0.015711),
    ],
)
def test_waiting_with_patience(
    per_hour: float,
    servers: int,
    patience: float,
    p_wait: float,
    abandoned: float,
    wait: float,
    queue: float,
    occupancy: float,
    level: float,
) -> None:
    found = theory.erlang_a(per_hour / HOUR, 180, servers, patience)
    numbers = (found.p_wait, found.abandoned, found.wait, found.queue, found.occupancy)
    assert numbers == pytest.approx((p_wait, abandoned, wait, queue, occupancy), rel=5e-6)
    assert found.level(20) == pytest.approx(level, abs=1e-6)


def test_patience_as_long_as_the_work_makes_the_number_there_poisson() -> None:
    found = theory.erlang_a(100 / HOUR, 180, 5, 180)
    assert found.p_wait == pytest.approx(0.5595067149347875, rel=1e-9)  # P(Poisson(5) >= 5)


def test_endless_patience_is_waiting_without_it() -> None:
    with_, without = theory.erlang_a(100 / HOUR, 180, 7, 1e9), theory.erlang_c(100 / HOUR, 180, 7)
    assert (with_.wait, with_.level(20)) == pytest.approx((without.wait, without.level(20)), rel=1e-5)


def test_loss() -> None:
    assert theory.erlang_b(15, 10) == pytest.approx(0.036497, abs=5e-7)
    assert theory.erlang_b(6, 4) == pytest.approx(0.117162, abs=5e-7)
    assert theory.erlang_b(7, 5) == pytest.approx(0.120519, abs=5e-7)


def test_shares_of_a_fixed_order() -> None:
    shares = theory.loss_shares(7, 5)
    wanted = [0.833333, 0.788288, 0.730073, 0.656591, 0.567375, 0.465103, 0.356643]
    assert shares == pytest.approx(wanted, abs=1e-6)
    assert sum(shares) / 7 == pytest.approx(0.628201, abs=1e-6)


@pytest.mark.parametrize(
    ("occupancy", "lot", "turns", "common"),
    [(0.5, 1.0, 0.432523, 0.086957), (0.8, 4.0, 2.267384, 0.745541), (0.9, 9.0, 5.383050, 1.969383)],
)
def test_queues_of_ones_own(occupancy: float, lot: float, turns: float, common: float) -> None:
    assert theory.by_lot(occupancy) == pytest.approx(lot)
    assert theory.in_turns(4, occupancy) == pytest.approx(turns, rel=1e-6)
    assert theory.erlang_c(4 * occupancy, 1.0, 4).wait == pytest.approx(common, rel=1e-5)


@pytest.mark.parametrize(
    ("rate", "rule", "handling", "wait", "p_wait"),
    [
        (1.2, theory.least_busy, 1.19042, 0.00712, 0.01282),
        (1.2, theory.round_robin, 1.23900, 0.00787, 0.01417),
        (1.2, theory.random, 1.30540, 0.00884, 0.01592),
        (1.2, theory.most_busy, 1.45930, 0.01122, 0.02019),
        (2.4, theory.least_busy, 1.67423, 0.64337, 0.38602),
        (2.4, theory.round_robin, 1.70942, 0.66400, 0.39840),
        (2.4, theory.random, 1.73017, 0.67562, 0.40537),
        (2.4, theory.most_busy, 1.78720, 0.70822, 0.42493),
    ],
)
def test_chats_that_slow_each_other_down(
    rate: float, rule: theory.Rule, handling: float, wait: float, p_wait: float
) -> None:
    found = theory.chats(rate, rule, SLOWING)
    assert (found.handling, found.wait, found.p_wait) == pytest.approx((handling, wait, p_wait), abs=1e-5)


@pytest.mark.parametrize("rule", theory.CHAT_RULES.values(), ids=theory.CHAT_RULES)
def test_chats_that_do_not_slow_each_other_down_wait_as_for_six_servers(rule: theory.Rule) -> None:
    found = theory.chats(2.4, rule, (1.0, 1.0, 1.0))
    assert found.wait == pytest.approx(theory.erlang_c(2.4, 1.0, 6).wait, rel=1e-6)
