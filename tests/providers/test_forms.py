"""Operations that take a form with a file: Cald's voices, Truedy's contacts, Vantax's sources; and Cald's older way to call."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Api, World
from tests.providers.truedy import KEY as TRUEDY_KEY

CALD_KEY = "caldLiveDe39a3accb206dd615f30d118e519df0"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \x00\xff"
MIB = 1024 * 1024
SOURCES = "/knowledge-bases/kb_71ac0/sources/file"


@pytest.fixture
def cald(world: World) -> Api:
    """Cald with a key that works."""
    return world.api("cald", Authorization=CALD_KEY)


@pytest.fixture
def truedy(world: World) -> Api:
    """Truedy with a key that works."""
    return world.api("truedy", Authorization=f"Bearer {TRUEDY_KEY}")


@pytest.fixture
def vantax(make_world: Callable[..., World]) -> Api:
    """A sub-account with a knowledge base, whose sources take a minute."""
    account = {"knowledge_bases": [{"id": "kb_71ac0", "name": "Shop"}]}
    lifecycles = {"vantax.knowledge_source": {"after": "1m"}}
    world = make_world({"description": "x", "open": True, "accounts": [{"vantax": account}], "lifecycles": lifecycles})
    return world.api("vantax", x_api_key="vx_live_demo")


def test_a_voice_is_cloned(cald: Api) -> None:
    """Its id is that of a voice, which an agent can have."""
    answer = cald("POST", "/voices/clone", files={"file": ("me.wav", WAV, "audio/wav")})
    assert answer.status_code == 200, answer.text
    voice = answer.json()
    assert (len(voice["voice"]), voice["language"]) == (24, "en")
    agent = cald("POST", "/agents", {"name": "Ada", "voice": voice["voice"]}).json()
    assert agent["status"] == "success"


BAD_FORMS: dict[str, tuple[str, bytes, str]] = {
    "no boundary": ("multipart/form-data", b"x", "has no boundary"),
    "JSON": ("application/json", b"{}", "Content-Type must be multipart/form-data, not application/json"),
    "garbage": ("multipart/form-data; boundary=b", b"garbage", "not a valid form"),
    "cut off": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nRIFF',
        "the last boundary is missing",
    ),
    "no name": (
        "multipart/form-data; boundary=b",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
        "has no name",
    ),
    "not text": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\xff\r\n--b--\r\n',
        "not UTF-8",
    ),
    "many parts": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n' * 1001 + b"--b--\r\n",
        "more than 1000 parts",
    ),
}


@pytest.mark.parametrize("form", BAD_FORMS)
def test_a_bad_form_is_a_400_that_says_what_is_wrong(cald: Api, form: str) -> None:
    """In Cald's own error body, and without a trace in the account."""
    media, content, said = BAD_FORMS[form]
    answer = cald("POST", "/voices/clone", content=content, headers={"Content-Type": media})
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_a_form_without_its_file_is_refused(cald: Api) -> None:
    """Whether it has other fields, or the file is empty."""
    for more in ({"data": {"name": "x"}, "files": {"other": b"x"}}, {"files": {"file": b""}}):
        answer = cald("POST", "/voices/clone", **more)
        assert (answer.status_code, answer.json()["error"]) == (400, "Send the recording as the file of the form")


def test_a_file_may_be_as_large_as_the_provider_takes_it(cald: Api, vantax: Api) -> None:
    """Recordings have more than the mebibyte of other bodies, and Vantax documents 25 MB; what is larger is a 413."""
    part = random.Random(0).randbytes(MIB)
    recording = cald("POST", "/voices/clone", files={"file": ("me.wav", part * 10)})
    assert recording.status_code == 200, recording.text
    source = vantax("POST", SOURCES, files={"file": ("book.pdf", part * 25)})
    assert (source.status_code, source.json()["data"]["title"]) == (201, "book.pdf")
    assert cald("POST", "/voices/clone", files={"file": ("me.wav", part * 16)}).status_code == 413
    assert vantax("POST", SOURCES, files={"file": ("book.pdf", part * 26)}).status_code == 413
    assert vantax("GET", "/knowledge-bases?sub_account_id=sub_8a1f4c2e").status_code == 200  # and the connection is good


def test_the_log_tells_how_large_a_file_was(world: World, cald: Api) -> None:
    """Not what was in it: the request log stays text, also where it says why a rule did not match."""
    rule = {"when": {"operation": "cald.clone_voice", "body": {"file": "x"}}, "then": {"status": 500}}
    assert world.http.post(f"{world.control}/rules", json=rule).status_code == 201
    cald("POST", "/voices/clone", files={"file": ("me.wav", WAV)})
    (entry,) = world.http.get(f"{world.control}/requests?operation=cald.clone_voice").json()["requests"]
    shown = world.http.get(f"{world.control}/requests/{entry['id']}").json()
    assert "bytes that are not text" in shown["body"]
    assert shown["rules"][0]["why"] == f"the body is {{'file': '({len(WAV)} bytes)'}}, the rule expects {{'file': 'x'}}"


def test_the_older_way_to_call(cald: Api) -> None:
    """It needs no agent; the caller is a number of the account, or one of Cald's own."""
    own = cald("POST", "/phonenumbers", {}).json()["phoneNumber"]
    body = {"phone_number": "(415) 555-0123", "task": "Ask when the shop opens."}
    placed = cald("POST", "/call", {**body, "from_phone_number": own}).json()
    call = cald("GET", f"/calls/{placed['callId']}").json()
    assert (placed["status"], call["from"], call["to"]) == ("success", own, "+14155550123")
    other = cald("GET", f"/calls/{cald('POST', '/call', body).json()['callId']}").json()
    assert other["from"] != own
    foreign = cald("POST", "/call", {**body, "from_phone_number": "+14155550199"})
    assert (foreign.status_code, "not a phone number of the account" in foreign.json()["error"]) == (400, True)
    assert cald("POST", "/call", {**body, "phone_number": "nobody"}).json() == {"status": "failed"}
    assert cald("POST", "/call", {"phone_number": "+14155550123"}).status_code == 400


CSV = "phone,name,email,size\r\n+14155550123,Ada Lovelace,ada@example.com,XL\r\n12,Nobody,,\r\n+14155550124,Grace,,\r\n"


def imported(truedy: Api, text: str | bytes, **fields: Any) -> httpx.Response:
    """The response to an import."""
    content = text if isinstance(text, bytes) else text.encode()
    return truedy("POST", "/contacts/import", files={"file": ("contacts.csv", content, "text/csv")}, data=fields)


def test_contacts_are_imported(truedy: Api) -> None:
    """Each line is counted once: taken, wrong, there already and passed over, there already and changed."""
    folder_id = truedy("POST", "/contacts/folders", {"name": "Leads"}).json()["data"]["id"]
    answer = imported(truedy, CSV, folder_id=folder_id)
    assert answer.status_code == 201, answer.text
    done = answer.json()["data"]
    assert done == {
        "imported": 2,
        "updated": 0,
        "skipped": 0,
        "errors": 1,
        "folder_id": folder_id,
        "error_details": [{"row": 3, "phone": "12", "reason": "Not a phone number in E.164"}],
    }
    grace, ada = truedy("GET", f"/contacts?folder_id={folder_id}").json()["data"]
    assert (ada["name"], ada["phone"], ada["email"]) == ("Ada Lovelace", "+14155550123", "ada@example.com")
    assert (ada["custom_fields"], grace["name"], grace["email"]) == ({"size": "XL"}, "Grace", None)
    again = imported(truedy, CSV, folder_id=folder_id).json()["data"]
    assert (again["imported"], again["updated"], again["skipped"], again["errors"]) == (0, 0, 2, 1)
    changed = imported(truedy, "phone,name\n+14155550124,Grace Hopper", folder_id=folder_id, overwrite_existing="true")
    assert changed.json()["data"]["updated"] == 1
    assert truedy("GET", "/contacts/folders?limit=1").json()["data"][0]["contact_count"] == 2
    elsewhere = imported(truedy, CSV).json()["data"]
    assert (elsewhere["imported"], elsewhere["folder_id"]) == (2, None)


def test_a_body_without_a_media_type_is_refused(vantax: Api) -> None:
    """A required header that is missing is a 400 (docs.vantaxai.com/docs/errors), which says what is expected."""
    answer = vantax("POST", "/phone-numbers", content=b"{}")
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "message": "Content-Type is missing, expected application/json"}


@pytest.mark.parametrize(("wrong", "shown"), [(100, 100), (101, 100), (50_000, 100)])
def test_of_many_lines_that_failed_the_first_are_shown(truedy: Api, wrong: int, shown: int) -> None:
    """All are counted, and the response says how many it leaves out; what can be imported is."""
    answer = imported(truedy, "phone\n" + "x\n" * wrong + "+14155550123\n")
    done = answer.json()["data"]
    assert (done["errors"], done["imported"], len(done["error_details"])) == (wrong, 1, shown)
    assert done["error_details"][-1] == {"row": shown + 1, "phone": "x", "reason": "Not a phone number in E.164"}
    assert done.get("error_details_omitted") == (wrong - shown or None)
    assert len(answer.content) < 10_000


def test_a_file_that_breaks_off_imports_nothing(truedy: Api) -> None:
    """A field that is longer than a CSV file may have refuses the file, and the lines before it with it."""
    refused = imported(truedy, "phone\n+14155550123\n" + "1" * 200_000)
    assert (refused.status_code, refused.json()["error"]["details"]["field"]) == (422, "file")
    assert truedy("GET", "/contacts").json()["pagination"]["total"] == 0


def test_a_contact_with_the_fields_of_the_older_page(truedy: Api) -> None:
    """They are taken without being reported as unknown."""
    older = {"company_name": "x", "industry": "x", "location": "x", "pin_code": "x", "keywords": ["x"], "metadata": {"x": 1}}
    made = truedy("POST", "/contacts", {"phone_number": "+14155550123", **older})
    assert (made.status_code, made.headers.get("X-Simulator-Unknown-Fields")) == (201, None)
    assert made.json()["data"].keys().isdisjoint(older)


@pytest.mark.parametrize("text", ["number\n+14155550123\n", b"\xff\xfe", ""])
def test_a_file_that_is_no_list_of_contacts_is_refused(truedy: Api, text: str | bytes) -> None:
    """Without a column of numbers, or no text at all; nothing is taken."""
    refused = imported(truedy, text)
    assert (refused.status_code, refused.json()["error"]["details"]["field"]) == (422, "file")
    assert truedy("GET", "/contacts").json()["data"] == []


def test_what_an_import_cannot_use(truedy: Api) -> None:
    """No file, a text where true or false is expected, and an unknown folder."""
    missing = truedy("POST", "/contacts/import", files={"other": b"x"})
    assert (missing.status_code, missing.json()["error"]["details"]["field"]) == (422, "file")
    wrong = imported(truedy, CSV, overwrite_existing="perhaps")
    assert (wrong.status_code, wrong.json()["error"]["details"]["field"]) == (422, "overwrite_existing")
    assert imported(truedy, CSV, folder_id="0d9f6a1c-4b2e-4f7a-9c3d-8e5f6a7b8c9d").status_code == 404


def test_a_call_in_a_browser(truedy: Api) -> None:
    """Its answer is not wrapped."""
    answer = truedy("POST", "/webrtc/call", {"agent_id": "1f4baf16-1540-4d91-9696-7f34b2f2cb77"})
    assert answer.status_code == 200
    assert answer.json().keys() == {"joinUrl", "callId", "agentName"}
    assert answer.json()["callId"] in answer.json()["joinUrl"]
    assert truedy("POST", "/webrtc/call", {"agent_id": "0d9f6a1c-4b2e-4f7a-9c3d-8e5f6a7b8c9d"}).status_code == 404


def test_sources_of_a_knowledge_base(vantax: Api) -> None:
    """Of all four kinds: each is counted, is processed, and can be deleted."""
    path = "/knowledge-bases/kb_71ac0/sources"
    made = [
        vantax("POST", f"{path}/text", {"title": "Hours", "content": "Nine to five."}),
        vantax("POST", f"{path}/faq", {"title": "Questions", "faqs": [{"question": "When?", "answer": "At nine."}]}),
        vantax("POST", f"{path}/url", {"url": "https://www.example.com/prices"}),
        vantax("POST", f"{path}/file", files={"file": ("prices.pdf", b"%PDF-1.7", "application/pdf")}),
    ]
    assert [answer.status_code for answer in made] == [201] * 4
    sources = [answer.json()["data"] for answer in made]
    assert [source["type"] for source in sources] == ["text", "faq", "url", "file"]
    assert [source["title"] for source in sources] == ["Hours", "Questions", "https://www.example.com/prices", "prices.pdf"]
    assert {source["status"] for source in sources} == {"processing"}

    def count() -> int:
        (base,) = vantax("GET", "/knowledge-bases?sub_account_id=sub_8a1f4c2e").json()["data"]
        return int(base["source_count"])

    assert count() == 4
    gone = vantax("DELETE", f"/sources/{sources[0]['id']}")
    assert (gone.status_code, gone.json()["message"], count()) == (200, "Source deleted successfully", 3)
    assert vantax("DELETE", f"/sources/{sources[0]['id']}").status_code == 404


def test_what_is_no_source(vantax: Api) -> None:
    """An unknown knowledge base, a body that lacks something, an address that is none, a file that is empty."""
    path = "/knowledge-bases/kb_71ac0/sources"
    assert vantax("POST", "/knowledge-bases/kb_none/sources/text", {"title": "x", "content": "x"}).status_code == 404
    assert vantax("POST", f"{path}/faq", {"title": "x", "faqs": []}).status_code == 422
    assert vantax("POST", f"{path}/url", {"url": "not an address"}).status_code == 422
    assert vantax("POST", f"{path}/file", files={"file": b""}).status_code == 422


def test_a_file_is_added_once_for_one_idempotency_key(vantax: Api) -> None:
    """The same form gives the same source; another file with the same key is a conflict."""
    path, headers = SOURCES, {"Idempotency-Key": "one"}
    first = vantax("POST", path, files={"file": ("a.txt", b"a")}, headers=headers).json()
    again = vantax("POST", path, files={"file": ("a.txt", b"a")}, headers=headers).json()
    assert first["data"] == again["data"]
    assert vantax("POST", path, files={"file": ("a.txt", b"b")}, headers=headers).status_code == 409
