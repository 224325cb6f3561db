"""Larkspur in a minute. Needs LARK_APP_ID, LARK_APP_SECRET and, for a sandbox, LARK_BASE_URL in the environment."""

import asyncio
import time

import larkspur
from larkspur import message

CHAT = {"receive_id_type": "chat_id", "receive_id": "oc_demo"}
CARD = {
    "schema": "2.0",
    "header": {"title": {"tag": "plain_text", "content": "Deployed"}},
    "body": {"elements": [{"tag": "markdown", "content": "**v1.2** is live"}]},
}
# One pixel.
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc00000030101")


def main() -> None:
    with larkspur.Client(on_retry=lambda retry: tell(f"  … {retry.reason}: again in {retry.seconds:.1f} s")) as client:
        print(f"{client}\n")
        send(client)
        walk(client)
        permission(client)
        patience(client)
        renewal(client)
    asyncio.run(many())
    print("\nThis was a sandbox. To use it for real: create an app at https://open.feishu.cn/app, put its id and secret into")
    print('LARK_APP_ID and LARK_APP_SECRET, leave LARK_BASE_URL out ("lark" for Lark), and put a chat of your bot into CHAT.')


def send(client: larkspur.Client) -> None:
    text = message.text(message.mention_all() + " hello from Larkspur")
    tell("sent a text", client.im.v1.message.create(**CHAT, content=text)["message_id"])
    tell("sent a card", client.im.v1.message.create(**CHAT, content=message.card(CARD))["message_id"])
    image = client.im.v1.image.create(image_type="message", image=("pixel.png", PNG))
    tell("sent an image", client.im.v1.message.create(**CHAT, content=message.image(image["image_key"]))["message_id"])


def walk(client: larkspur.Client) -> None:
    users = client.contact.v3.user.find_by_department.iter(department_id="0", page_size=50)
    names = [user["name"] for user in users]
    tell("walked over users", f"{len(names)}, from {names[0]} to {names[-1]}")


def permission(client: larkspur.Client) -> None:
    sandbox(client, "apps", app_id=client.app_id, missing_scopes=["im:chat", "im:chat:read", "im:chat:readonly"])
    try:
        client.im.v1.chat.get(chat_id="oc_demo")
        raise SystemExit("the sandbox let the call pass")
    except larkspur.PermissionDenied as error:
        tell("a missing permission", f"{type(error).__name__} {error.code}, log id {error.log_id}")
        tell("  any of its scopes", ", ".join(error.missing_scopes))
    sandbox(client, "apps", app_id=client.app_id, missing_scopes=[])


def patience(client: larkspur.Client) -> None:
    slow = {"code": 99991400, "status": 429, "headers": {"x-ogw-ratelimit-reset": "1"}}
    sandbox(client, "faults", rules=[{"app_id": client.app_id, "then": slow}])
    start = time.monotonic()
    reply = client.im.v1.chat.list.raw()
    tell("a rate limit", f"waited out: {reply.attempts} attempts, {time.monotonic() - start:.1f} s")


def renewal(client: larkspur.Client) -> None:
    before = client.token()
    sandbox(client, "tokens/expire", app_id=client.app_id)
    client.im.v1.chat.list()
    tell("an expired token", f"renewed in silence: {client.token().value != before.value}")


async def many() -> None:
    app_id = "cli_demo_cold"
    async with larkspur.AsyncClient(app_id) as client:
        start = time.monotonic()
        await asyncio.gather(*(client.im.v1.chat.list() for _ in range(200)))
        took = time.monotonic() - start
        log = (await client.request("GET", "/__sandbox/requests", query={"app_id": app_id}, token="none"))["requests"]
        tokens = sum("access_token" in request["path"] for request in log)
        tell("200 calls at once", f"{took:.2f} s on a cold client, {tokens} request for a token")


def sandbox(client: larkspur.Client, door: str, **body: object) -> None:
    """Tells the sandbox to misbehave."""
    client.request("POST", f"/__sandbox/{door}", body=body, token="none")


def tell(what: str, detail: object = "") -> None:
    print(f"{what:<22}{detail}")


if __name__ == "__main__":
    main()
