"""A provider that is described with every part of the kit: shelves of books, for tests of what the kit does."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import msgspec

from simulator.application import Application
from simulator.documents import parse
from simulator.openapi.spec import Spec
from simulator.provider import (
    Account,
    Call,
    CreatedRecord,
    CursorPages,
    Error,
    Many,
    NumberedPages,
    OffsetPages,
    Problem,
    Provider,
    Record,
    Reply,
    RequestInfo,
    Resource,
    Seed,
    StandardErrors,
    TimestampedRecord,
    bind,
    hex_ids,
    millis,
    snake_case,
)
from simulator.registry import Registry
from simulator.testing.transport import Transport

KEY = "lib_demo"
SPEC = """\
openapi: 3.1.0
info: {title: Library, version: "1"}
servers: [{url: "https://library.example/v1"}]
security: [{key: []}]
x-assumptions:
  added: {values: [201, 200], status-of: [addBook], about: The status, source: "https://library.example", evidence: inferred}
  full: {values: [404, 409], about: The status of a full shelf, source: "https://library.example", status-of: [FULL]}
paths:
  /books:
    post:
      operationId: addBook
      x-evidence: documented
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                title: {type: string, default: Untitled}
                shelfId: {type: string}
                tags: {type: array, items: {type: string}, default: []}
                binding: {type: object, default: {}, properties: {kind: {type: string, default: paper}}}
      responses:
        "200": {$ref: "#/components/responses/Book"}
        "201": {$ref: "#/components/responses/Book"}
        "404": {$ref: "#/components/responses/Refused"}
        "409": {$ref: "#/components/responses/Refused"}
    get:
      operationId: listBooks
      x-evidence: documented
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, default: 20}}
        - {name: offset, in: query, schema: {type: integer, minimum: 0, default: 0}}
        - {name: shelf_id, in: query, schema: {type: string}}
        - {name: q, in: query, schema: {type: string}}
      responses:
        "200":
          description: A page.
          content:
            application/json:
              schema:
                type: object
                additionalProperties: false
                required: [data, ok]
                properties:
                  ok: {const: true}
                  data: {type: array, items: {$ref: "#/components/schemas/Short"}}
                  paging:
                    type: object
                    properties: {totalCount: {type: integer}, hasMore: {type: boolean}, next: {type: string}}
                  requestId: {type: string}
        "422": {$ref: "#/components/responses/Refused"}
  /books/{bookId}:
    parameters: [{name: bookId, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getBook
      x-evidence: documented
      responses: {"200": {$ref: "#/components/responses/Book"}, "404": {$ref: "#/components/responses/Refused"}}
    patch:
      operationId: editBook
      x-evidence: documented
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {title: {type: string, default: Untitled}, note: {type: string}}}
      responses: {"200": {$ref: "#/components/responses/Book"}, "404": {$ref: "#/components/responses/Refused"}}
    delete:
      operationId: dropBook
      x-evidence: documented
      responses:
        "200":
          description: Gone.
          content:
            application/json:
              schema: {type: object, required: [ok, message], properties: {ok: {const: true}, message: {type: string}}}
        "404": {$ref: "#/components/responses/Refused"}
components:
  securitySchemes:
    key: {type: http, scheme: bearer, x-key-pattern: "lib_(?P<tenant>[a-z]+)"}
  responses:
    Refused:
      description: Refused.
      x-evidence: documented
      content: {application/json: {schema: {type: object, required: [error]}}}
    Book:
      description: A book.
      x-evidence: documented
      content:
        application/json:
          schema:
            type: object
            required: [ok, data]
            properties:
              ok: {const: true}
              data: {$ref: "#/components/schemas/Book"}
              requestId: {type: string}
  schemas:
    Short:
      type: object
      additionalProperties: false
      required: [bookId, title]
      properties: {bookId: {type: string}, title: {type: string}}
    Book:
      allOf:
        - {$ref: "#/components/schemas/Base"}
        - type: object
          required: [tags, createdAt, shelf]
          properties:
            tags: {type: array, items: {type: string}}
            binding: {type: object, properties: {kind: {type: string}}}
            createdAt: {type: string, pattern: "^.{23}Z$"}
            dueAt: {type: [string, "null"]}
            note: {type: string}
            shelf: {type: [object, "null"], properties: {id: {type: string}, label: {type: string}}}
    Base: {type: object, required: [bookId, title], properties: {bookId: {type: string}, title: {type: string}}}
"""


class Errors(StandardErrors):
    """The pipeline's errors as they are, and the library's own."""

    INVALID = Error(422, None, "Invalid")
    NO_BOOK = Error(404, None, "No such book")
    SAME_LABEL = Error(409, None, "Another shelf has this label")
    NO_SHELF = Error(404, None, "No such shelf")
    FULL = Error(404, None, "The shelf is full", evidence="inferred")


class Shelf(Record, frozen=True):
    """A shelf."""

    label: str


class Book(TimestampedRecord, frozen=True):
    """A book; `hidden` is in no schema."""

    title: str
    tags: list[str]
    binding: dict[str, Any]
    shelf_id: str | None = None
    due_at: datetime | None = None
    note: str | None = None
    number: str = ""
    hidden: str = "never shown"


class Card(CreatedRecord, frozen=True):
    """The card of a book in the catalogue; it shows how far the book has come."""

    book_id: str
    status: str = "ordered"


class ShelfSeed(Seed, frozen=True):
    """A shelf of a scenario."""

    id: str
    label: str | None = None


class BookSeed(Seed, frozen=True):
    """A book of a scenario."""

    id: str | None = None
    title: str | None = None
    shelf_id: str | None = None
    number: str | None = None
    count: Many = 1


class LibrarySeed(Seed, frozen=True):
    """What a scenario may say of a library."""

    capacity: Annotated[int, msgspec.Meta(ge=0)] = 100
    opening: Literal["always", "never"] = "always"
    shelves: list[ShelfSeed] = []
    books: list[BookSeed] = []


shelves = Resource(
    "shelves",
    Shelf,
    not_found=Errors.NO_SHELF,
    missing="No shelf {id}",
    ids=hex_ids("sh_", 4),
    derive={"label": lambda fields: f"Shelf {fields['id']}"},
    unique={"label": Errors.SAME_LABEL},
)
books = Resource(
    "books",
    Book,
    not_found=Errors.NO_BOOK,
    ids=hex_ids("bk_", 4),
    param="bookId",
    by=("shelf_id",),
    filters=("shelf_id",),
    settles="book",
    names=snake_case,
    claims="number",
    refers={"shelf_id": shelves},
    on_delete={"shelf_id": "clear"},
    search={"q": lambda call, book: f"{book.title} {book.note or ''}"},
    created_by="addBook",
)
cards = Resource(
    "cards",
    Card,
    not_found=Errors.NO_BOOK,
    ids=hex_ids("cd_", 4),
    lifecycle="card",
    refers={"book_id": books},
    on_delete={"book_id": "remove"},
)


class State:
    """One library."""

    def __init__(self, account: Account[State], seed: LibrarySeed) -> None:
        self.capacity = seed.capacity
        self.shelves, self.books, self.cards = shelves.open(account), books.open(account), cards.open(account)


def render(problem: Problem, request: RequestInfo) -> Reply:
    """Return the library's error body."""
    return Reply({"error": problem.detail})


def add_book(call: Call[State]) -> Book:
    """Put a book on its shelf."""
    shelf_id = call.body.get("shelfId")
    if shelf_id is not None:
        shelves.get(call, shelf_id)
    if len(call.state.books) >= call.state.capacity:
        raise Errors.FULL()
    book = books.create_from_body(call, number=call.world.inventory.reserve_seeded(None))
    cards.create(call, book_id=book.id)
    return book


def catalogue(account: Account[State], card: Card, at: datetime) -> None:
    """Let a book arrive; then let it be shelved."""
    arrived = cards.table(account).change(card, status="shelved" if card.status == "arrived" else "arrived")
    if arrived.status == "arrived":
        account.begin("card", card.id, at)


def edit_book(call: Call[State]) -> Reply:
    """Change what is sent."""
    return Reply(books.change_from_body(call), only=call.sent)


HANDLERS = {"addBook": add_book, "listBooks": books.page, "getBook": books.get, "editBook": edit_book}
OFFSETS = OffsetPages(total="totalCount", has_more="hasMore")
CURSORS = CursorPages(
    unknown=lambda cursor: Errors.INVALID(f"no {cursor}"), total="totalCount", has_more="hasMore", next="next"
)
NUMBERS = NumberedPages(page="offset", size="limit", total="totalCount", has_more="hasMore")


def provider(**more: Any) -> Provider[State]:
    """Return the library, with some of its settings replaced; `handlers` are functions that replace others."""
    handlers = {**HANDLERS, **more.pop("handlers", {})}
    settings: dict[str, Any] = {"pages": OFFSETS, "resources": [shelves, books, cards], **more}
    made: Provider[State] = Provider(
        "library",
        state=State,
        errors=Errors,
        render=render,
        seed=LibrarySeed,
        keys=[KEY],
        envelope="data",
        members={"requestId": lambda request: request.uuid},
        times=millis,
        names=snake_case,
        **settings,
    )
    made.alias(Book, bookId="id")
    made.member(Book, "shelf")(lambda call, book: shelves.find(call, book.shelf_id))
    for name, handler in handlers.items():
        made.operation(name)(handler)
    made.operation("dropBook", message="Gone")(books.delete)
    made.step(cards)(catalogue)
    return made


class Library:
    """The library behind the application, without a socket."""

    def __init__(self, folder: Path, scenario: str = "open: true\n", spec: str = SPEC, **more: Any) -> None:
        (folder / "default.yaml").write_text(f"description: books\n{scenario}", encoding="utf-8")
        self.bound = bind(provider(**more), Spec(parse(spec, "library.yaml")))
        self.app = Application(Registry({"library": self.bound}, folder))

    def __call__(self, method: str, path: str, key: str = KEY, **more: Any) -> httpx.Response:
        """Send one request."""
        return self.send(method, f"library/v1{path}", headers={"Authorization": f"Bearer {key}"}, **more)

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send one request to any path."""
        with httpx.Client(transport=Transport(self.app, "default"), trust_env=False) as client:
            return client.request(method, f"http://here/{path}", **more)

    def table(self, name: str) -> list[dict[str, Any]]:
        """Return the records of a table of the only account that has any."""
        accounts = self.send("GET", "_simulator/worlds/default/state").json()["accounts"]
        return [record for account in accounts for record in account["tables"].get(name, {"records": []})["records"]]
