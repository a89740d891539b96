import asyncio
from unittest.mock import AsyncMock

import pytest
from prefect.utilities.schema_tools import validate
from prefect.workers.process import ProcessJobConfiguration

from deployments.work_pool import job_template

HOSTILE = {
    "command": "sh -c id",
    "working_dir": "/tmp",
    "name": "{{ ctx.flow_run.name }}",
    "labels": {"a": "b"},
    "entrypoint": "x",
    "env": {"LD_PRELOAD": "/tmp/x.so"},
    "env.PYTHONPATH": "/tmp",
}


@pytest.mark.parametrize("variable", HOSTILE)
def test_the_server_refuses_what_a_run_says_of_its_process(variable):
    schema = job_template("/data")["variables"]
    faults = validate({variable: HOSTILE[variable]}, schema, raise_on_error=False)
    assert "Additional properties are not allowed" in str(faults)
    assert validate({"stream_output": False}, schema, raise_on_error=False) == []


def test_a_worker_takes_no_command_or_folder_that_passed_the_server():
    made = asyncio.run(
        ProcessJobConfiguration.from_template_and_values(
            job_template("/data"),
            {name: value for name, value in HOSTILE.items() if not name.startswith("env")},
            client=AsyncMock(),
        )
    )
    assert (made.command, made.working_dir, made.name, made.labels) == (None, None, None, {})
    assert made.env["DISTILLERY_ROOT"] == "/data"
