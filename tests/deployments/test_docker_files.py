import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]


def test_no_port_is_published_but_on_the_loopback_interface(services):
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_server_has_a_password_that_must_be_set_and_its_clients_have_it(services):
    assert services["prefect"]["environment"]["PREFECT_SERVER_API_AUTH_STRING"].startswith("${PREFECT_PASSWORD:?")
    for client in ("deploy", "worker"):
        assert services[client]["environment"]["PREFECT_API_AUTH_STRING"] == "${PREFECT_PASSWORD}"


def test_keys_go_to_the_worker_alone(services):
    for name in ("prefect", "deploy", "postgres", "redis"):
        assert not re.search(r"API_KEY|HF_TOKEN", str(services[name]))
    assert {"DISTILLERY_API_KEY", "NCBI_API_KEY", "HF_TOKEN"} <= services["worker"]["environment"].keys()


def test_what_should_run_is_started_again(services):
    assert all("restart" in service for service in services.values())


@pytest.mark.parametrize("lock", ["cpu.lock", "cuda.lock"])
def test_the_servers_image_has_the_clients_version(lock):
    locked = re.search(r"^prefect==(\S+)", (ROOT / "requirements" / lock).read_text(), re.MULTILINE)
    image = re.search(
        r"^FROM prefecthq/prefect:([\d.]+)-", (ROOT / "docker/server.Dockerfile").read_text(), re.MULTILINE
    )
    assert image[1] == locked[1]
