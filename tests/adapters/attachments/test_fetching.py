"""Files of customers on a real store, from Telegram's double: fetched, sealed, tried again, given up, erased."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.attachments.refusals import Gone, TooEarly
from adapters.doubles.faults import Fault, hang_up
from adapters.doubles.telegram import broken, flood
from domain.errors import Conflict
from tests.adapters.attachments.parcels import LIMITS, PNG, Parcels, parcels
from tests.store import TENANT


@pytest.fixture
def desk() -> Iterator[Parcels]:
    with parcels() as made:
        yield made


def content(desk: Parcels, place: int = 0) -> bytes:
    return b"".join(desk.shelf.read(desk.files()[place]))


@pytest.mark.requirement("N09")
def test_a_picture_is_fetched_and_kept_with_the_type_of_its_content(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends_photo(100, PNG, caption="Mine is burnt")
    assert desk.fetch() == 1
    (file,) = desk.files()
    assert (file.state, file.type, file.mime, file.size) == ("kept", "image", "image/png", len(PNG))
    assert content(desk) == PNG
    assert desk.fetch() == 0


def test_a_document_keeps_its_name_and_its_type_is_not_what_its_sender_says(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends_document(100, b"<html><script>1</script>", file_name="../../run me.pdf")
    desk.fetch()
    (file,) = desk.files()
    assert file.mime == "application/octet-stream"
    assert desk.shelf.name(file) == "run me.pdf"


@pytest.mark.requirement("N01")
def test_on_the_disk_and_in_the_table_nothing_can_be_read(desk: Parcels) -> None:
    secret = b"the recipe of the house"
    desk.shop.telegram.customer_sends_document(100, secret * 9, file_name="recipe-of-anna.txt")
    desk.fetch()
    assert content(desk) == secret * 9
    assert all(secret not in path.read_bytes() for path in desk.on_disk()) and len(desk.on_disk()) == 1
    row = str(desk.shop.store.rows("SELECT attachment::text FROM parley.attachment"))
    assert "recipe" not in row and "AgACAgI" not in row


def test_what_is_no_file_has_no_row(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends(100, {"location": {"latitude": 1.5, "longitude": 2.5}})
    desk.shop.telegram.customer_says(100, "here I am")
    assert desk.fetch() == 0 and desk.files() == []


def test_while_it_is_not_there_readers_are_told_to_come_back(desk: Parcels) -> None:
    desk.shop.telegram.fails(broken(), method="getFile")
    desk.shop.telegram.customer_sends_photo(100, PNG)
    desk.fetch()
    with pytest.raises(TooEarly):
        content(desk)


@pytest.mark.parametrize("method", ["getFile", "file"])
@pytest.mark.parametrize("fault", [broken(), hang_up(), flood(2)], ids=["down", "cut off", "flood"])
def test_a_fault_is_tried_again_after_a_pause(desk: Parcels, method: str, fault: Fault) -> None:
    desk.shop.telegram.fails(fault, method=method)
    desk.shop.telegram.customer_sends_photo(100, PNG)
    assert desk.fetch() == 1 and desk.files()[0].state == "waiting"
    assert desk.fetch() == 0
    desk.later(3)
    assert desk.fetch() == 1
    assert content(desk) == PNG and len(desk.on_disk()) == 1


def test_what_the_provider_has_no_more_is_given_up_after_three_tries(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends_photo(100, PNG)
    desk.shop.telegram.bot.files.clear()
    for _ in range(5):
        desk.fetch()
        desk.later(60)
    assert desk.states() == [("failed", "file_gone")]
    assert desk.shop.telegram.calls.count("getFile") == 3
    with pytest.raises(Conflict, match="file_gone"):
        content(desk)


def test_after_a_day_it_is_given_up(desk: Parcels) -> None:
    desk.shop.telegram.fails(broken(), method="getFile", times=9)
    desk.shop.telegram.customer_sends_photo(100, PNG)
    desk.fetch()
    desk.later(25 * 3600)
    desk.fetch()
    assert desk.states() == [("failed", "provider_unavailable")]


def test_a_file_above_the_limit_is_not_kept(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends_photo(100, b"x" * (LIMITS.largest + 1))
    desk.fetch()
    assert desk.states() == [("too_large", "too_large")] and desk.on_disk() == []
    with pytest.raises(Conflict, match="larger"):
        content(desk)


def test_what_telegram_itself_does_not_give_away_is_too_large(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends_photo(100, b"x" * (20 * 1024 * 1024 + 1))
    desk.fetch()
    assert desk.states() == [("too_large", "too_large")]
    assert "file" not in desk.shop.telegram.calls


def test_a_file_exactly_at_the_limit_is_kept(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends_photo(100, b"x" * LIMITS.largest)
    desk.fetch()
    assert desk.states() == [("kept", "")]


def test_a_process_that_dies_in_between_is_taken_over(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends_photo(100, PNG)
    assert desk.shop.telegram.settle()
    desk.fetching._feed.pump()
    desk.shop.store.rows(
        "UPDATE parley.attachment SET state = 'fetching', attempts = 1, call_until = now() + '9 min' RETURNING 1"
    )
    assert desk.fetch() == 0
    desk.later(600)
    assert desk.fetch() == 1 and content(desk) == PNG


@pytest.mark.requirement("N01")
def test_erasing_the_customer_takes_the_file_and_its_name(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends_document(100, b"private" * 9, file_name="passport.txt")
    desk.fetch()
    assert len(desk.on_disk()) == 1
    blob = desk.on_disk()[0].read_bytes()
    desk.erase()
    desk.fetch()
    assert desk.on_disk() == []
    row = desk.shop.store.rows("SELECT state, name, blob, blob_key, sha256 FROM parley.attachment")
    assert row == [("erased", None, None, None, None)]
    with pytest.raises(Gone):
        content(desk)
    assert b"private" not in blob


@pytest.mark.requirement("N01")
def test_before_the_file_is_deleted_it_is_unreadable_already(desk: Parcels) -> None:
    """The key went with the customer: a copy of the file and of the row, as in a backup, opens for nobody."""
    desk.shop.telegram.customer_sends_photo(100, PNG)
    desk.fetch()
    copy = desk.files()[0]
    desk.erase()
    assert len(desk.on_disk()) == 1
    for read in (lambda: b"".join(desk.shelf.read(copy)), lambda: desk.shelf.name(copy)):
        with pytest.raises(Gone):
            read()  # type: ignore[no-untyped-call]


@pytest.mark.requirement("N01")
def test_a_file_that_comes_after_the_erasure_is_not_kept(desk: Parcels) -> None:
    desk.shop.telegram.fails(broken(), method="getFile")
    desk.shop.telegram.customer_sends_photo(100, PNG)
    desk.fetch()
    desk.erase()
    desk.later(60)
    desk.fetch()
    assert desk.on_disk() == [] and [one.state for one in desk.files()] == ["erased"]


def test_a_blob_of_nobody_is_tidied_away_once_it_is_old(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends_photo(100, PNG)
    desk.fetch()
    writer = desk.shelf.blobs.begin("0" * 32)
    writer.write(b"left behind")
    writer.keep()
    courier = desk.fetching.courier
    with desk.shop.store.database.pool.connection() as connection:
        assert courier.tidy(connection) == 0
        desk.later(8 * 24 * 3600)
        assert courier.tidy(connection) == 1
    assert content(desk) == PNG


def test_another_tenant_does_not_find_it(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends_photo(100, PNG)
    desk.fetch()
    desk.shop.store.vault.add_tenant("other")
    with pytest.raises(Exception, match="no such attachment"):
        desk.shelf.find("other", desk.files()[0].id)


@pytest.mark.requirement("N05")
def test_another_tenants_row_does_not_open(desk: Parcels) -> None:
    desk.shop.telegram.customer_sends_photo(100, PNG)
    desk.fetch()
    with pytest.raises(Gone):
        b"".join(desk.shelf.read(replace(desk.files()[0], tenant="other")))
    assert desk.shelf.find(TENANT, desk.files()[0].id)
