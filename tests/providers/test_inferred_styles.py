"""Documents in the styles of well-known providers are served as they are: each spec of `styles` is one."""

from __future__ import annotations

import shutil
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from simulator.application import Application
from simulator.registry import registry_with
from simulator.testing import ProviderContract
from tests.providers.shop import Client

STYLES = Path(__file__).parent / "styles"
BEARER = {"Authorization": "Bearer any"}
NO_ID = "00000000-0000-4000-8000-000000000000"


def provider(folder: Path, style: str) -> Application:
    """Return the simulator with a spec of `styles`."""
    if (STYLES / style).is_dir():
        shutil.copytree(STYLES / style, folder / style)
    else:
        (folder / style).mkdir()
        shutil.copy(STYLES / f"{style}.yaml", folder / style / "openapi.yaml")
    return Application(registry_with(folder))


def client(folder: Path, style: str, base_path: str = "", **more: Any) -> Client:
    """Return a client of a spec of `styles`."""
    return Client(provider(folder, style), f"/{style}{base_path}", **more)


def test_form_bodies_with_brackets(tmp_path: Path) -> None:
    """Stripe: forms with `metadata[key]`, POST to change, `has_more`, deleted records, ids that a text is said to be."""
    stripe = client(tmp_path, "stripe", "/v1", auth=("sk_test", ""))
    made = stripe.post("/customers", data={"email": "a@example.com", "metadata[plan]": "gold", "address[city]": "Rome"}).json()
    assert (made["email"], made["metadata"], made["address"]["city"]) == ("a@example.com", {"plan": "gold"}, "Rome")
    place = f"/customers/{made['id']}"
    assert stripe.get(place).json() == made
    changed = stripe.post(place, data={"metadata[seats]": "3"}).json()
    assert changed == {**made, "metadata": {"plan": "gold", "seats": "3"}}
    other = stripe.post("/customers", data={"email": "b@example.com"}).json()
    page = stripe.get("/customers", params={"limit": 1}).json()
    assert ([one["id"] for one in page["data"]], page["has_more"]) == ([made["id"]], True)
    rest = stripe.get("/customers", params={"limit": 1, "starting_after": made["id"]}).json()
    assert ([one["id"] for one in rest["data"]], rest["has_more"]) == ([other["id"]], False)
    refused = stripe.post("/subscriptions", data={"customer": "cus_none"})
    assert (refused.status_code, "no customer 'cus_none'" in refused.json()["error"]["message"]) == (404, True)
    assert stripe.post("/subscriptions", data={"customer": made["id"]}).json()["customer"] == made["id"]
    assert stripe.delete(place).json() == {"id": made["id"], "object": "customer", "deleted": True}
    assert stripe.get(place).status_code == 404


def test_pages_in_link_headers(tmp_path: Path) -> None:
    """GitHub: numbers in paths, nullable references, the next page and the total in headers; servers with variables."""
    github = client(tmp_path, "github", "/api/v3/repos/me/app")
    answers = [github.post("/issues", json={"title": f"Issue {count}"}) for count in range(3)]
    numbers = [answer.json()["number"] for answer in answers]
    assert answers[0].headers["Location"] == f"http://here/github/api/v3/repos/me/app/issues/{numbers[0]}"
    assert github.get(answers[0].headers["Location"]).json() == answers[0].json()
    shown: list[int] = []
    page = github.get("/issues", params={"per_page": 2})
    assert page.headers["X-Total-Count"] == "3"
    shown += [one["number"] for one in page.json()]
    page = github.get(page.links["next"]["url"])
    assert [*shown, *(one["number"] for one in page.json())] == numbers
    assert "Link" not in page.headers
    closed = github.patch(f"/issues/{numbers[1]}", json={"state": "closed", "body": None}).json()
    assert (closed["state"], closed["body"], closed["title"]) == ("closed", None, "Issue 1")
    assert [one["number"] for one in github.get("/issues", params={"state": "closed"}).json()] == [numbers[1]]
    assert github.put(f"/issues/{numbers[0]}/lock").status_code == 204
    assert github.put("/issues/0/lock").status_code == 404
    assert github.get("/issues", headers={"X-Other": "repo"}).status_code == 200
    assert Client(github.app, "/github/api/v3/repos/me/other").get("/issues").json() == []


def test_the_id_in_metadata(tmp_path: Path) -> None:
    """Kubernetes: the name in `metadata` is the id, within a namespace; patches of both kinds; `continue`."""
    pods = client(tmp_path, "kubernetes", "/api/v1/namespaces", headers=BEARER)
    body = {
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "nginx", "image": "nginx:1"}]},
    }
    made = pods.post("/default/pods", json=body)
    assert (made.status_code, made.json()["metadata"]["name"]) == (201, "web")
    assert made.json()["spec"] == body["spec"]
    assert pods.post("/default/pods", json=body).status_code == 409
    assert pods.get("/default/pods/web").json() == made.json()
    assert pods.get("/other/pods/web").status_code == 404
    merge = {"Content-Type": "application/merge-patch+json"}
    patched = pods.patch("/default/pods/web", content=b'{"metadata": {"labels": {"tier": "front"}}}', headers=merge).json()
    assert patched["metadata"]["labels"] == {"app": "web", "tier": "front"}
    steps = b"""[{"op": "replace", "path": "/spec/containers/0/image", "value": "nginx:2"},
                {"op": "remove", "path": "/metadata/labels/tier"}]"""
    json_patch = {"Content-Type": "application/json-patch+json"}
    patched = pods.patch("/default/pods/web", content=steps, headers=json_patch).json()
    assert (patched["spec"]["containers"][0]["image"], patched["metadata"]["labels"]) == ("nginx:2", {"app": "web"})
    lost = pods.patch("/default/pods/web", content=b'[{"op": "remove", "path": "/spec/nothing"}]', headers=json_patch)
    assert lost.status_code in (400, 422)
    pods.post("/default/pods", json={"metadata": {"name": "db"}, "spec": {"containers": []}})
    page = pods.get("/default/pods", params={"limit": 1}).json()
    assert [pod["metadata"]["name"] for pod in page["items"]] == ["web"]
    rest = pods.get("/default/pods", params={"limit": 1, "continue": page["metadata"]["continue"]}).json()
    assert [pod["metadata"]["name"] for pod in rest["items"]] == ["db"]
    assert pods.delete("/default/pods/web").status_code == 200
    assert pods.get("/default/pods/web").status_code == 404


def test_json_api_documents(tmp_path: Path) -> None:
    """JSON:API: records in `data`, attributes that a change merges, `page[size]`, links; any OAuth2 token."""
    press = client(tmp_path, "jsonapi", headers={**BEARER, "Content-Type": "application/vnd.api+json"})
    body = {"data": {"type": "articles", "attributes": {"title": "Rain", "words": 3}}}
    made = press.post("/articles", json=body)
    record = made.json()["data"]
    assert (made.headers["Content-Type"], record["attributes"]) == ("application/vnd.api+json", {"title": "Rain", "words": 3})
    place = f"/articles/{record['id']}"
    changed = press.patch(place, json={"data": {"type": "articles", "attributes": {"words": None}}}).json()
    assert changed["data"] == {**record, "attributes": {"title": "Rain", "words": None}}
    assert press.get(place).json()["data"] == changed["data"]
    press.post("/articles", json=body)
    page = press.get("/articles", params={"page[size]": 1}).json()
    assert ([one["id"] for one in page["data"]], page["meta"]["total"]) == ([record["id"]], 2)
    assert [one["id"] for one in press.get(page["links"]["next"]).json()["data"]] != [record["id"]]
    assert press.delete(place).status_code == 204
    refused = press.get(place)
    assert (refused.status_code, refused.json()["errors"][0]["status"]) == (404, "404")
    assert Client(press.app, "/jsonapi").get("/articles").status_code == 401


def test_keys_in_parentheses(tmp_path: Path) -> None:
    """OData: `People('x')` is an item of `People`; `$top`, `$skip` and `@odata.nextLink`; a session in a cookie."""
    people = client(tmp_path, "odata", "/odata/v4", headers={"Cookie": "SESSION=any"})
    for name in ("ann", "bob"):
        assert people.post("/People", json={"UserName": name, "Age": 30}).status_code == 201
    assert people.post("/People", json={"UserName": "ann"}).status_code == 409
    page = people.get("/People", params={"$top": 1}).json()
    assert ([one["UserName"] for one in page["value"]], page["@odata.count"]) == (["ann"], 2)
    assert [one["UserName"] for one in people.get(page["@odata.nextLink"]).json()["value"]] == ["bob"]
    assert people.patch("/People('ann')", json={"UserName": "ann", "Age": 31}).status_code == 204
    assert people.get("/People('ann')").json()["Age"] == 31
    assert people.delete("/People('ann')").status_code == 204
    refused = people.get("/People('ann')")
    assert (refused.status_code, "ann" in refused.json()["error"]["message"]) == (404, True)


def test_references_to_other_files(tmp_path: Path) -> None:
    """Paths, operations, parameters, bodies and schemas stand in files of their own, and refer to one another."""
    shop = client(tmp_path, "split", "/v2", headers={"X-Api-Key": "any"})
    made = shop.post("/orders", json={"lines": [{"sku": "tea"}]})
    order = made.json()
    assert (made.status_code, order["lines"], order["status"]) == (201, [{"sku": "tea", "count": 1}], "open")
    assert order["id"].startswith("ord_")
    place = f"/orders/{order['id']}"
    assert shop.get(place).json() == order
    assert shop.put(place, json={"lines": [{"sku": "milk", "count": 2}]}).json()["lines"] == [{"sku": "milk", "count": 2}]
    assert shop.post(f"{place}:refund").json()["status"] == "refunded"
    assert shop.post("/orders", json={"lines": []}).status_code == 400
    shop.post("/orders", json={"lines": [{"sku": "tea"}]})
    page = shop.get("/orders", params={"limit": 1, "offset": 1}).json()
    assert (len(page["orders"]), page["total"]) == (1, 2)
    assert shop.get("/orders", params={"limit": 51}).status_code == 400
    assert shop.delete(place).status_code == 204
    assert shop.get(place).status_code == 404


def test_unions_and_circles(tmp_path: Path) -> None:
    """A discriminator picks the branch through chains of `allOf`; schemas may hold themselves."""
    notify = client(tmp_path, "unions")
    mail = notify.post("/channels", json={"kind": "mail", "name": "Ops", "address": "ops@example.com"}).json()
    hook = notify.post("/channels", json={"kind": "hook", "name": "CI", "url": "https://ci.example/", "secret": "s"}).json()
    assert (mail["kind"], mail["address"], "url" in mail) == ("mail", "ops@example.com", False)
    assert (hook["kind"], hook["url"], "secret" in hook, "address" in hook) == ("hook", "https://ci.example/", False, False)
    assert notify.post("/channels", json={"kind": "mail", "name": "Ops"}).status_code == 400
    assert notify.get(f"/channels/{hook['id']}").json() == hook
    assert [one["id"] for one in notify.get("/channels").json()] == [mail["id"], hook["id"]]
    replaced = notify.put(f"/channels/{mail['id']}", json={"kind": "hook", "name": "X", "url": "https://x.example/"}).json()
    assert (replaced["id"], replaced["kind"], replaced["url"], "address" in replaced) == (
        mail["id"],
        "hook",
        "https://x.example/",
        False,
    )
    assert notify.delete(f"/channels/{hook['id']}").json()["id"] == hook["id"]
    tree = {"name": "a", "children": [{"name": "b", "children": [{"name": "c"}]}]}
    folder = notify.post("/folders", json=tree).json()
    assert folder["children"] == tree["children"]
    assert notify.get(f"/folders/{folder['id']}").json() == folder


def test_media_types(tmp_path: Path) -> None:
    """Uploads, JSON where XML is offered too, bytes, tables, and a Link header for a cursor; Basic keys."""
    files = client(tmp_path, "media", "/v1", auth=("user", "secret"))
    made = [files.post("/files", files={"file": ("a.txt", b"hello")}, data={"title": f"File {count}"}) for count in range(3)]
    names = [one.json()["file_id"] for one in made]
    assert (made[0].json()["filename"], made[0].json()["bytes"]) == ("a.txt", 5)
    assert (made[0].status_code, made[0].json()["title"], names[0].startswith("file_")) == (201, "File 0", True)
    page = files.get("/files", headers={"Accept": "application/json"})
    assert [one["file_id"] for one in page.json()] == names[:2]
    assert [one["file_id"] for one in files.get(page.links["next"]["url"]).json()] == names[2:]
    content = files.get(f"/files/{names[0]}/content")
    assert (content.headers["Content-Type"], bool(content.content)) == ("application/octet-stream", True)
    assert files.get("/files/none/content").status_code == 404
    assert files.get("/report.csv").text == "a,b\n1,2\n"
    assert files.get("/feed").headers["Content-Type"] == "application/xml"
    assert files.delete(f"/files/{names[0]}").status_code == 204
    token = b64encode(b"no colon").decode()
    assert Client(files.app, "/media/v1", headers={"Authorization": f"Basic {token}"}).get("/files").status_code == 401


def test_numbers_never_ring(tmp_path: Path) -> None:
    """A number that the provider picks is of the shared plan, in the country and area of the body, and goes back to it."""
    app = provider(tmp_path, "numbers")
    sold = Client(app, "/numbers/v1", params={"api_key": "k", "api_secret": "s"})
    first = sold.post("/phone-numbers", data={"AreaCode": "415"}).json()
    assert (first["phone_number"], first["friendly_name"]) == ("+14155550100", None)
    assert sold.get(f"/phone-numbers/{first['sid']}").json() == first
    vantax = Client(app, "/vantax/v1", headers={"Authorization": "Bearer vx_live_demo"})
    body = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
    assert vantax.post("/phone-numbers", json=body).json()["data"]["number"] == "+14155550101"
    assert sold.post("/phone-numbers", data={"Country": "GB"}).json()["phone_number"].startswith("+44")
    assert sold.post("/phone-numbers", data={"PhoneNumber": "+14155550142"}).json()["phone_number"] == "+14155550142"
    assert sold.delete(f"/phone-numbers/{first['sid']}").status_code == 204
    assert app.worlds.all()[0].store.environment.inventory.is_for_sale(first["phone_number"])


def test_wrapped_bodies_and_late_ids(tmp_path: Path) -> None:
    """A record within a member of the body, ids that only a header tells, members of a group, lists that are created."""
    api = client(tmp_path, "wrapped", headers={"Authorization": "Token token=abc"})
    service = api.post("/services", json={"name": "web"}).headers["Location"]
    assert api.get(service).json()["name"] == "web"
    key = service.rpartition("/")[2]
    body = {"incident": {"title": "Down", "service": {"id": key}}}
    incident = api.post("/incidents", json=body).json()["incident"]
    assert (incident["title"], incident["service"]["id"]) == ("Down", key)
    place = f"/incidents/{incident['id']}"
    assert api.put(place, json={"incident": {"title": "Up"}}).json()["incident"]["title"] == "Up"
    assert [one["title"] for one in api.get("/incidents").json()["incidents"]] == ["Up"]
    assert api.post("/incidents", json={"incident": {"title": "Down", "service": {"id": "none"}}}).status_code == 404
    assert api.post("/groups/g/users", json={"user_id": "u1"}).status_code == 201
    assert api.get("/groups/g/users/u1").json()["id"] == "u1"
    assert [one["id"] for one in api.get("/groups/g/users").json()["data"]] == ["u1"]
    assert api.delete("/groups/g/users/u1").status_code == 200
    assert api.get("/groups/g/users/u1").status_code == 404
    notes = api.post("/notes", json={"notes": [{"text": "a"}, {"text": "b"}]}).json()["notes"]
    assert [note["text"] for note in notes] == ["a", "b"]
    assert api.get(f"/notes/{notes[1]['note_id' if 'note_id' in notes[1] else 'id']}").json() == notes[1]
    assert api.get("/notes").json()["notes"] == notes
    assert api.delete(service).status_code == 204
    assert api.get(service).status_code == 404


@pytest.mark.parametrize("style", sorted(path.stem for path in STYLES.iterdir()))
class TestStyles(ProviderContract):
    """Every style passes the suite that built-in providers pass."""

    @pytest.fixture(autouse=True)
    def _served(self, style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(TestStyles, "registry", provider(tmp_path, style).registry)
        monkeypatch.setattr(TestStyles, "provider", style, raising=False)


@pytest.mark.parametrize("secret", ["me:pw", "me:password", "me:a-longer-one"])
def test_the_name_of_an_account_is_no_short_secret(tmp_path: Path, secret: str) -> None:
    """An account that a user and a password open is named, and told from others, without showing the password."""
    files = client(tmp_path, "media", "/v1")
    user, password = secret.split(":")
    opened = [files.get("/files", auth=(name, password)) for name in (user, user, f"x{user}")]
    control = Client(files.app, "/_simulator/worlds/default")
    journal = control.get("/requests").json()["requests"]
    paths = ["/requests?details=true", "/state", "/ledger", f"/requests/{journal[0]['id']}"]
    shown = [control.get(path).text for path in paths]
    assert [one.status_code for one in opened] == [200] * 3
    assert len({one["account"] for one in journal}) == 2
    assert [text for text in shown if secret in text or secret.partition(":")[2] in text] == []


def test_records_within_the_one_resource_of_a_document(tmp_path: Path) -> None:
    """Most paths begin with it, and it is no account: it has to exist. Filters stand in brackets, problems are listed."""
    api = client(tmp_path, "contacts", "/v2", headers=BEARER)
    person = api.post(
        "/contacts", json={"kind": "person", "email": "a@example.com", "address": {"city": "A", "zip": "1"}}
    ).json()
    company = api.post("/contacts", json={"kind": "company", "email": "b@example.com", "vat": "DE12345678"}).json()
    place = f"/contacts/{person['id']}"
    assert api.get("/contacts", params={"filter[kind]": "company"}).json() == [company]
    changed = api.patch(place, json={"address": {"city": "B"}}, headers={"Content-Type": "application/merge-patch+json"})
    assert changed.json()["address"] == {"city": "B", "zip": "1"}
    deal = api.post(f"{place}/deals", json={"amount": 1, "owner_id": "x"}).json()
    assert (deal["contact_id"], api.get(f"{place}/deals").json()["data"]) == (person["id"], [deal])
    assert api.post(f"{place}/archive").json()["status"] == "archived"
    assert api.get(f"{place}/photo").headers["Content-Type"] == "image/png"
    refused = api.post("/contacts", json={"kind": "company", "email": "c@example.com"})
    assert refused.status_code == 422
    assert refused.json()["title"] == "Unprocessable Entity"
    assert refused.json()["errors"] == [{"pointer": "vat", "message": '"vat" is a required property'}]
    assert api.delete(place).status_code == 204
    gone = api.get(f"{place}/deals")
    assert (gone.status_code, gone.headers["Content-Type"]) == (404, "application/problem+json")
    assert (gone.json()["title"], gone.json()["errors"]) == ("Not Found", [])
