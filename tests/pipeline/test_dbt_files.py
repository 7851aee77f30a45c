"""The manifest as Dagster gets it."""

from typing import Any

from paysim_pipeline.dbt_files import attach_tests


def node(kind: str, *parents: str, attached: str | None = None) -> dict[str, Any]:
    return {"resource_type": kind, "depends_on": {"nodes": list(parents)}, "attached_node": attached}


def manifest() -> dict[str, Any]:
    nodes = {
        "model.p.stg": node("model", "source.p.raw"),
        "model.p.int": node("model", "model.p.stg"),
        "model.p.mart": node("model", "model.p.int", "model.p.stg"),
        "test.p.over_two": node("test", "model.p.mart", "model.p.stg"),
        "test.p.own": node("test", "model.p.stg", "model.p.int", attached="model.p.stg"),
        "test.p.on_source": node("test", "source.p.raw"),
    }
    return {"nodes": nodes, "parent_map": {name: item["depends_on"]["nodes"] for name, item in nodes.items()}}


def test_a_test_over_several_models_belongs_to_the_last_of_them() -> None:
    content = manifest()
    attach_tests(content)
    assert content["nodes"]["test.p.over_two"]["attached_node"] == "model.p.mart"


def test_what_dbt_has_attached_stays() -> None:
    content = manifest()
    attach_tests(content)
    assert content["nodes"]["test.p.own"]["attached_node"] == "model.p.stg"


def test_tests_of_sources_and_models_stay_as_they_are() -> None:
    content = manifest()
    attach_tests(content)
    assert content["nodes"]["test.p.on_source"]["attached_node"] is None
    assert content["nodes"]["model.p.mart"]["attached_node"] is None
