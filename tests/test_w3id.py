"""The redirect file for w3id.org: every identifier of ours goes to the service under its path."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from dutygraph.linked.addresses import KINDS, path_of
from dutygraph.linked.library import Library
from dutygraph.terms import BASE, CONTEXT_IRI

FOLDER = Path(__file__).parents[1] / "w3id" / "dutygraph"
FILE = FOLDER / ".htaccess"
SERVICE = "https://dutygraph.example.org"
_RULE = re.compile(r"RewriteRule (\S+) (\S+) \[([\w=:/.,-]+)\]")


def redirects(path: str) -> str | None:
    """Where the file leads a path below the folder, by the few directives that it uses."""
    variables: dict[str, str] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith(("#", "Options ")) or line == "RewriteEngine on":
            continue
        rule = _RULE.fullmatch(line)
        assert rule, line
        pattern, target, flags = rule.groups()
        found = re.search(pattern, path)
        if not found:
            continue
        if target == "-":
            name, value = flags.removeprefix("E=").split(":", 1)
            variables[name] = value
            continue
        assert flags == "R=302,L"
        for name, value in variables.items():
            target = target.replace(f"%{{ENV:{name}}}", value)
        return target.replace("$1", found[1] if found.re.groups else "")
    return None


@pytest.fixture(scope="module", name="names")
def all_identifiers() -> list[str]:
    """Every IRI of ours."""
    return [*Library().known.names(), CONTEXT_IRI, BASE + "id/dataset"]


def test_every_identifier_is_led_to_the_service(names):
    """Each keeps its path; the address of the service stands in one line."""
    assert len(names) > 5000
    wrong = [n for n in names if redirects(n.removeprefix(BASE)) != SERVICE + "/" + n[len(BASE) :]]
    assert wrong == []
    assert FILE.read_text(encoding="utf-8").count(SERVICE) == 1


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("", "/doc/dataset"),
        ("def", "/def/"),
        ("def/", "/def/"),
        ("id/a?b", "/id/a?b"),
        ("doc/authority/coventry", "/doc/authority/coventry"),
        ("sparql", "/sparql"),
        ("wp-login.php", None),
        ("validate", None),
        ("xid/authority/coventry", None),
        ("//evil.example.org/", None),
    ],
)
def test_other_paths(path, target):
    """The root leads to the data; what is no identifier and no document leads nowhere."""
    assert redirects(path) == (SERVICE + target if target else None)


def test_the_file_knows_every_kind():
    """The kinds in the file are those of the service."""
    line = next(x for x in FILE.read_text(encoding="utf-8").splitlines() if "(?:id|" in x)
    found = re.search(r"\(\?:([^)]*)\)", line)
    assert found and set(found[1].split("|")) == {"id", *KINDS}


@pytest.mark.system
def test_apache_reads_the_file_like_that(names, tmp_path):
    """Apache itself leads a sample of identifiers, and every odd path, where the file says."""
    apache = shutil.which("apache2") or shutil.which("httpd") or "/usr/sbin/apache2"
    modules = Path("/usr/lib/apache2/modules")
    (tmp_path / "www").mkdir()
    shutil.copytree(FOLDER, tmp_path / "www" / "dutygraph")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    loaded = ("mpm_event", "authz_core", "rewrite", "dir")
    config = tmp_path / "httpd.conf"
    config.write_text(
        "\n".join(f"LoadModule {m}_module {modules}/mod_{m}.so" for m in loaded)
        + f"""
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {tmp_path}/pid
ErrorLog {tmp_path}/error.log
DocumentRoot {tmp_path}/www
<Directory {tmp_path}/www>
  AllowOverride All
  Require all granted
</Directory>
""",
        encoding="utf-8",
    )
    process = subprocess.Popen([apache, "-X", "-f", str(config)], stderr=subprocess.DEVNULL)
    try:
        asked = {path_of(n): SERVICE + path_of(n) for n in names[::97]}
        asked |= {"/": f"{SERVICE}/doc/dataset", "/def": f"{SERVICE}/def/"}
        asked |= {"/id/a?format=turtle": f"{SERVICE}/id/a?format=turtle"}
        for path, target in asked.items():
            assert _location(port, "/dutygraph" + path) == target
        assert _location(port, "/dutygraph/wp-login.php") is None
    finally:
        process.terminate()
        process.wait(10)


def _location(port: int, path: str) -> str | None:
    end = time.monotonic() + 10
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            return response.headers["Location"]
        except ConnectionRefusedError:
            assert time.monotonic() < end, "Apache does not start"
            time.sleep(0.1)
        finally:
            connection.close()
