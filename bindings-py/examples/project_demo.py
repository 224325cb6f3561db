"""Feishu Project in a minute. Needs LARK_PLUGIN_ID, LARK_PLUGIN_SECRET and, for a sandbox, LARK_PROJECT_URL in the environment."""

import larkspur

SPACE = {"project_key": "p_demo", "work_item_type_key": "story"}


def main() -> None:
    with larkspur.ProjectClient(user_key="7000001") as project:
        print(f"{project}\n")
        story = create(project)
        move(project, story)
        search(project, story)
        page(project)
    print("\nThis was a sandbox. To use it for real: create a plugin in Feishu Project, put its id and secret into LARK_PLUGIN_ID and")
    print("LARK_PLUGIN_SECRET, leave LARK_PROJECT_URL out, and put your user key and a space in which it is installed into the script.")


def create(project: larkspur.ProjectClient) -> int:
    story: int = project.work_item.create(**SPACE, name="Login page")
    tell("created", story)
    try:
        for _ in range(2):
            project.work_item.create(**SPACE, name="Logout page", idempotency_key="logout-page")
        raise SystemExit("the sandbox made the same work item twice")
    except larkspur.IdempotencyConflict as conflict:
        tell("a repeated write", f"refused with {conflict.code}: there is one logout page")
    return story


def move(project: larkspur.ProjectClient, story: int) -> None:
    path = {**SPACE, "work_item_id": story}
    tell("stands at", node_in_progress(project, path))
    project.workflow.operate_node(**path, node_id="draft", action="confirm")
    tell("moved to", node_in_progress(project, path))
    try:
        project.workflow.operate_node(**path, node_id="release", action="confirm")
        raise SystemExit("the sandbox let a node be skipped")
    except larkspur.ApiError as error:
        tell("a node too far", f"{type(error).__name__} {error.code}, log id {error.log_id}")


def node_in_progress(project: larkspur.ProjectClient, path: dict[str, object]) -> str:
    nodes = project.workflow.query(**path, flow_type=0)["workflow_nodes"]
    return ", ".join(node["name"] for node in nodes if node["status"] == 2)


def search(project: larkspur.ProjectClient, story: int) -> None:
    wanted = {"search_group": {"conjunction": "AND"}, "pagination": {"page_size": 50}}
    found = [item["id"] for item in project.search.universal.iter(**SPACE, **wanted)]
    if story not in found:
        raise SystemExit("the search does not find the work item")
    tell("searched", f"{len(found)} work items, the new one among them")


def page(project: larkspur.ProjectClient) -> None:
    for number in range(20):
        project.work_item.create(**SPACE, name=f"Page {number + 1}")
    tell("20 more, paced", "more than 15 calls a second wait for their turn by themselves")
    pages = list(project.work_item.filter.pages(project_key=SPACE["project_key"], work_item_type_keys=["story"], page_size=10))
    rows = project.work_item.filter.iter(project_key=SPACE["project_key"], work_item_type_keys=["story"], page_size=10)
    tell("walked over pages", f"{len(pages)} of at most 10, with {len(list(rows))} work items")


def tell(what: str, detail: object) -> None:
    print(f"{what:<22}{detail}")


if __name__ == "__main__":
    main()
