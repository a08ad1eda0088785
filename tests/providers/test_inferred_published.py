"""What published documents are like that were made from code, or by hand: XML, answers without bodies, contradictions."""

from __future__ import annotations

import ipaddress
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simulator.openapi.curl import curl
from tests.providers.shop import Client
from tests.providers.test_inferred_styles import BEARER, client

XML = {"Content-Type": "application/xml"}


def text(response: object, tag: str) -> list[str]:
    """Return the texts of the elements of a name."""
    return [part.partition(f"</{tag}>")[0] for part in str(getattr(response, "text", "")).split(f"<{tag}>")[1:]]


@pytest.fixture
def carrier(tmp_path: Path) -> Client:
    """A provider that speaks XML, and JSON for some operations."""
    return client(tmp_path, "xml", "/v1", auth=("user", "secret"))


def test_bodies_in_xml_alone(carrier: Client) -> None:
    """Created, read, listed, changed and deleted; the root has the name of its component."""
    body = (
        b"<Site><Name>A &amp; B</Name><Enabled>true</Enabled><Numbers><Number>+1</Number><Number>+2</Number></Numbers></Site>"
    )
    made = carrier.post("/sites", content=body, headers=XML)
    assert (made.status_code, made.headers["Content-Type"]) == (201, "application/xml")
    assert made.text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<SiteResponse><Site><Id>')
    assert (text(made, "Name"), text(made, "Enabled"), text(made, "Number")) == (["A &amp; B"], ["true"], ["+1", "+2"])
    place = f"/sites/{text(made, 'Id')[0]}"
    assert carrier.get(place).text == made.text
    assert carrier.put(place, content=b"<Site><Name>C</Name></Site>", headers=XML).status_code == 200
    listed = carrier.get("/sites")
    assert (text(listed, "Name"), text(listed, "TotalCount")) == (["C"], ["1"])
    assert carrier.delete(place).status_code == 204
    gone = carrier.get(place)
    assert (gone.status_code, "no site" in text(gone, "Description")[0]) == (404, True)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<Site><Enabled>perhaps</Enabled></Site>", "Name"),
        (b"<Site><Name>a</Site>", "not valid XML"),
        (b"<Site>true</Site>", 'is not of type "object"'),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><Site><Name>&b;</Name></Site>', "document type"),
        (b"<a>" * 101 + b"</a>" * 101, "100 elements"),
    ],
)
def test_faulty_xml_is_refused(carrier: Client, body: bytes, problem: str) -> None:
    """An error has the form of the error schema, as XML."""
    refused = carrier.post("/sites", content=body, headers=XML)
    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "application/xml")
    assert problem in text(refused, "Description")[0]


def test_xml_beside_json(carrier: Client) -> None:
    """The same record in JSON, in XML with attributes and wrapped lists, and from a form whose numbers are texts."""
    photos, tag = b"<photoUrls><photoUrl>a</photoUrl><photoUrl>b</photoUrl></photoUrls>", b"<tag><name>x</name></tag>"
    body = b"<pet><name>Rex</name><age>3</age>" + photos + tag + b"</pet>"
    made = carrier.post("/pets", content=body, headers=XML).json()
    assert {name: made[name] for name in ("name", "age", "photoUrls", "tags")} == {
        "name": "Rex",
        "age": 3,
        "photoUrls": ["a", "b"],
        "tags": [{"name": "x"}],
    }
    read = carrier.get(f"/pets/{made['id']}", headers={"Accept": "application/xml"})
    assert read.headers["Content-Type"] == "application/xml"
    assert read.text.partition("\n")[2] == body.decode().replace("<pet>", f'<pet id="{made["id"]}">')
    assert carrier.get(f"/pets/{made['id']}", headers={"Accept": "application/json, application/xml"}).json() == made
    form = carrier.post("/pets", data={"name": "Max", "age": "4", "photoUrls": ["a", "b"]}).json()
    assert (form["age"], form["photoUrls"]) == (4, ["a", "b"])


def test_lists_in_xml_of_which_one_item_is_described(carrier: Client) -> None:
    """They hold every record, whatever the example shows."""
    for name in (b"a", b"b"):
        assert carrier.post("/orders", content=b"<Order><Name>%s</Name></Order>" % name, headers=XML).status_code == 201
    listed = carrier.get("/orders")
    assert (text(listed, "Name"), len(text(listed, "OrderSummary"))) == (["a", "b"], 2)
    assert text(carrier.get(f"/orders/{text(listed, 'OrderId')[1]}"), "Name") == ["b"]


def test_examples_in_xml(carrier: Client) -> None:
    """They are sent as they are written, unless no client could read them."""
    assert ElementTree.fromstring(carrier.get("/location").content).findtext("city") == "Denver"  # noqa: S314  (our own answer)
    assert ElementTree.fromstring(carrier.get("/greeting").content).text == "Hello"  # noqa: S314


@pytest.fixture
def generated(tmp_path: Path) -> Client:
    """A provider whose document was generated."""
    return client(tmp_path, "generated", headers=BEARER)


def test_answers_without_a_described_body(generated: Client) -> None:
    """They hold the record, or the records; a required member may be spelled otherwise than it is described."""
    assert generated.post("/categories", json={}).status_code in (400, 422)
    made = generated.post("/categories", json={"Title": "Guides"})
    place = made.headers["Location"] if "Location" in made.headers else f"/categories/{made.json()['slug']}"
    assert generated.get(place).json()["Title"] == "Guides"
    assert [one["Title"] for one in generated.get("/categories").json()] == ["Guides"]
    assert generated.delete(place).status_code == 200
    assert generated.get(place).status_code == 404
    assert generated.get("/categories").json() == []


def test_lists_that_two_parts_describe(generated: Client) -> None:
    """The items are those of the later part; a GET needs no body; an example is right against a format."""
    body = {"trip_id": "536e564f316c83104c000020", "passenger": "Ann", "kind": "night"}
    made = generated.post("/bookings", json=body).json()
    assert {name: made[name] for name in body} == body
    assert generated.get(f"/bookings/{made['id']}").json() == made
    assert generated.get("/bookings").json()["data"] == [made]
    assert generated.post("/bookings", json={"kind": "day"}).status_code in (400, 422)


def test_parameters_that_are_called_otherwise_in_each_path(generated: Client) -> None:
    """`{id}` is the booking in one path and the refund in another; a refund has the form that its path takes."""
    booking = generated.post("/bookings", json={"passenger": "Ann"}).json()["id"]
    refund = generated.post(f"/bookings/{booking}/refunds", json={"amount": 5}).json()
    assert generated.get(f"/bookings/{booking}/refunds/{refund['id']}").json() == {"id": refund["id"], "amount": 5}
    other = generated.post("/bookings", json={"passenger": "Bob"}).json()["id"]
    assert generated.get(f"/bookings/{other}/refunds/{refund['id']}").status_code == 404


def test_ids_that_are_addresses(generated: Client) -> None:
    """An id of the format ipv6 is one, of the range for documentation; the list is the one of the records."""
    made = generated.post("/reserved_ipv6", json={"region": "nyc3"}).json()["reserved_ipv6"]
    assert ipaddress.ip_address(made["ip"]) in ipaddress.ip_network("2001:db8::/32")
    assert generated.get(f"/reserved_ipv6/{made['ip']}").json()["reserved_ipv6"] == made
    assert generated.get("/reserved_ipv6").json()["reserved_ipv6s"] == [made]


def test_a_member_called_item_is_no_record(generated: Client) -> None:
    """What a comment is about is a member of it, and its id is not that of the comment."""
    body = {"message": "Good", "item": {"id": "11446498", "type": "file"}}
    first, second = (generated.post("/comments", json=body).json() for _ in range(2))
    assert (first["message"], first["item"], first["id"] != second["id"]) == ("Good", body["item"], True)
    assert generated.get(f"/comments/{first['id']}").json() == first


def test_a_creation_that_is_answered_by_a_task(generated: Client) -> None:
    """The record has the id that the client has chosen, and the task names it."""
    task = generated.post("/indexes", json={"uid": "movies"})
    assert (task.status_code, task.json()["indexUid"]) == (202, "movies")
    assert generated.get("/indexes/movies").json()["uid"] == "movies"
    assert [one["uid"] for one in generated.get("/indexes").json()["results"]] == ["movies"]


def test_texts_and_empty_lists(generated: Client) -> None:
    """A text alone is JSON, in an error too; a list of nothing changes nothing."""
    assert generated.get("/motto").json() == "onward"
    missing = generated.get("/tokens/none")
    assert (missing.status_code, "no token" in missing.json()) == (404, True)
    key = generated.post("/tokens", json={"policies": []}).json()["id"]
    assert generated.put(f"/tokens/{key}", json={"policies": []}).status_code == 200
    assert generated.get(f"/tokens/{key}").json()["id"] == key


@pytest.fixture
def voice(tmp_path: Path) -> Client:
    """A provider whose paths name what they do."""
    return client(tmp_path, "verbs", headers=BEARER)


def test_paths_that_name_what_they_do(voice: Client) -> None:
    """`/create-agent`, `/get-agent/{id}` and so on are the operations of one resource."""
    made = voice.post("/create-agent", json={"agent_name": "Front desk"}).json()
    assert (made["agent_name"], made["language"]) == ("Front desk", "en-US")
    key = made["agent_id"]
    assert voice.get(f"/get-agent/{key}").json() == made
    assert voice.get("/list-agents").json() == [made]
    changed = voice.patch(f"/update-agent/{key}", json={"agent_name": "Night desk"}).json()
    assert changed == {**made, "agent_name": "Night desk"}
    assert voice.delete(f"/delete-agent/{key}").status_code == 204
    assert voice.get(f"/get-agent/{key}").status_code == 404
    assert voice.get("/list-agents").json() == []


def test_a_number_that_is_its_own_id_never_rings(voice: Client) -> None:
    """It is of the shared plan, and the path finds it."""
    number = voice.post("/create-phone-number", json={"area_code": 415, "nickname": "Main"}).json()
    assert number["phone_number"] == "+14155550100"
    assert voice.get("/get-phone-number/%2B14155550100").json() == number


def test_a_purchase_that_is_answered_by_a_code(voice: Client) -> None:
    """The number is listed, changed by its name in the body, and cancelled; an answer without the record is its example."""
    done = {"error-code": "200", "error-code-label": "success"}
    assert voice.post("/number/buy", data={"country": "US", "msisdn": "14155550142"}).json() == done
    listed = voice.get("/account/numbers").json()
    assert (listed["count"], listed["numbers"][0]["msisdn"]) == (1, "14155550142")
    change = {"country": "US", "msisdn": "14155550142", "moHttpUrl": "https://a.example/"}
    assert voice.post("/number/update", data=change).json() == done
    assert voice.get("/account/numbers").json()["numbers"][0]["moHttpUrl"] == "https://a.example/"
    assert voice.post("/number/cancel", data={"country": "US", "msisdn": "14155550142"}).json() == done
    assert voice.get("/account/numbers").json()["count"] == 0
    assert voice.post("/number/cancel", data={"country": "US", "msisdn": "14155550142"}).status_code >= 400


def test_verbs_that_name_no_resource(voice: Client) -> None:
    """What cannot be found again by an id is answered by examples."""
    assert voice.post("/token/create").json() == {"token": "tok_1"}
    assert voice.post("/token/get", json={"secret": "s"}).json() == {"expires": "soon"}


@pytest.fixture
def billing(tmp_path: Path) -> Client:
    """A provider whose records have two ids, and whose lists are called otherwise than they."""
    return client(tmp_path, "billing", headers=BEARER)


LISTED = {"since": "2026-03-01T00:00:00Z", "archived": "false", "depth": "3"}


def test_records_that_paths_name_by_a_code(billing: Client) -> None:
    """They are listed deep in the answer, a reference may name their other id, and the answer says where the new plan is."""
    metric = billing.post("/metrics", json={"code": "calls"}).json()
    assert metric.keys() == {"billing_id", "code"}
    assert billing.get("/metrics", params=LISTED).json()["answer"]["summaries"] == [metric]
    refused = billing.post("/plans", json={"metric_id": "none"})
    assert (refused.status_code, refused.json()["errorSummary"]) == (404, "metric_id: there is no metric 'none'")
    for named in (metric["billing_id"], metric["code"]):
        made = billing.post("/plans", json={"metric_id": named})
        assert (made.status_code, "id" in made.json()) == (201, False)
        plan = billing.get(made.headers["Location"].partition("/billing")[2])
        assert (plan.status_code, plan.json()["metric_id"]) == (200, named)


def test_statuses_of_what_the_document_leaves_to_a_default(billing: Client) -> None:
    """A record that exists, or does not, is a 409 or a 404 where any status may come, rather than a 400 or a 422 of it."""
    assert billing.post("/metrics", json={"code": "calls"}).status_code == 201
    assert billing.post("/metrics", json={"code": "calls"}).status_code == 409
    assert billing.post("/metrics", json={}).status_code == 422
    assert billing.delete("/metrics/none").status_code == 404


def test_a_filter_that_is_called_like_an_id_of_the_path(billing: Client) -> None:
    """The id of the path counts; a list in one of several forms is found."""
    billing.post("/metrics", json={"code": "calls"})
    place = billing.post("/plans", json={"metric_id": "calls"}).headers["Location"].partition("/billing")[2]
    charge = billing.post(f"{place}/charges", json={"amount": 3}).json()
    assert billing.get(f"{place}/charges").json()["results"] == [charge]
    assert billing.get(f"{place}/charges", params={"id": "other"}).json()["results"] == [charge]
    assert billing.get(f"{place}/charges/{charge['id']}").json() == charge


def test_collections_of_a_type_that_the_path_names(billing: Client) -> None:
    """Records of one type are not found under another."""
    made = billing.post("/objects/chairs", json={"colour": "red"}).json()
    assert billing.get(f"/objects/chairs/{made['id']}").json() == made
    assert billing.get(f"/objects/tables/{made['id']}").status_code == 404
    assert billing.delete(f"/objects/chairs/{made['id']}").status_code == 204
    assert billing.get(f"/objects/chairs/{made['id']}").status_code == 404


def test_the_format_of_an_integer_bounds_it(billing: Client) -> None:
    """A number that an int32 cannot hold is refused, in a parameter and in a body."""
    billing.post("/metrics", json={"code": "calls"})
    assert billing.get("/metrics", params={**LISTED, "limit": str(2**31 - 1)}).status_code == 200
    assert billing.get("/metrics", params={**LISTED, "limit": str(2**31)}).status_code == 400
    assert billing.post("/plans", json={"metric_id": "calls", "seats": 2**31}).status_code == 400
    assert billing.post("/plans", json={"metric_id": "calls", "seats": -(2**31)}).status_code == 201


def test_the_command_that_lists_works_as_it_stands(billing: Client) -> None:
    """Examples of a time, a boolean and a bounded number are made where the document has none."""
    bound = billing.app.registry.providers["billing"]
    operation = bound.spec.operation(bound.provider.example_operation)
    command = shlex.split(curl(bound.spec, operation, "http://simulator/billing", "key"))
    listed = billing.get(next(word for word in command if word.startswith("http")).partition("/billing")[2])
    assert (listed.status_code, listed.json()["answer"]["totalCount"]) == (200, 0)


def test_a_form_without_fields(billing: Client) -> None:
    """It lacks the required ones, where the same request without a form has no body."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert billing.post("/notes", headers=form).status_code == 400
    assert billing.post("/notes").status_code == 201
    assert billing.post("/notes", content=b"Text=a", headers=form).json()["text"] == "a"
