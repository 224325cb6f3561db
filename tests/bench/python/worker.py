"""One measurement in a fresh process: ``worker.py CLIENT WORK MODE URL CALLS`` prints one line of JSON.

CLIENT is larkspur, lark_oapi or aiohttp; WORK is message, users, start or cold; MODE is sync, async or threads.
The process runs on the first core, so that the server has the other to itself.
"""

import asyncio
import json
import os
import resource
import sys
import threading
import time

IN_FLIGHT = 64
TEXT = "Hello 你好"


def main() -> None:
    name, work, mode, url, calls = sys.argv[1:6]
    os.sched_setaffinity(0, {0})
    if work == "start":
        print(json.dumps(start(name, url)))
        return
    if work == "cold":
        print(json.dumps(cold(name, mode, url)))
        return
    run = {"sync": run_sync, "async": run_async}[mode]
    print(json.dumps(run(name, work, url, int(calls))))


def start(name: str, url: str) -> dict:
    """Import and a client, in a process that has imported next to nothing."""
    before, began = resident(), time.perf_counter()
    client = make(name, url)
    return {"wall": time.perf_counter() - began, "rss": resident() - before, "client": type(client).__name__}


def run_sync(name: str, work: str, url: str, calls: int) -> dict:
    call = sync_call(name, make(name, url), work)
    for _ in range(max(5, calls // 50)):
        call()
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        call()
    return {"calls": calls, "wall": time.perf_counter() - began, "cpu": time.process_time() - cpu, "rss": resident()}


def run_async(name: str, work: str, url: str, calls: int) -> dict:
    async def measure() -> dict:
        async with maker(name, url) as client:
            call = async_call(name, client, work, url)
            await spread(call, max(IN_FLIGHT, calls // 50))
            began, cpu = time.perf_counter(), time.process_time()
            await spread(call, calls)
            return {"calls": calls, "wall": time.perf_counter() - began, "cpu": time.process_time() - cpu, "rss": resident()}

    return asyncio.run(measure())


async def spread(call, calls: int) -> None:
    """Keeps 64 calls in flight until all are done."""
    left = iter(range(calls))

    async def worker() -> None:
        for _ in left:
            await call()

    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))


def cold(name: str, mode: str, url: str) -> dict:
    """64 first callers at once; the server counts the token requests."""
    if mode == "threads":
        call = sync_call(name, make(name, url), "message")
        barrier = threading.Barrier(IN_FLIGHT)
        threads = [threading.Thread(target=lambda: (barrier.wait(), call())) for _ in range(IN_FLIGHT)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:

        async def gather() -> None:
            async with maker(name, url) as client:
                call = async_call(name, client, "message", url)
                await asyncio.gather(*(call() for _ in range(IN_FLIGHT)))

        asyncio.run(gather())
    return {"calls": IN_FLIGHT}


def make(name: str, url: str):
    if name == "larkspur":
        import larkspur

        return larkspur.Client("cli_bench", "secret", base_url=url)
    import lark_oapi

    return lark_oapi.Client.builder().app_id("cli_bench").app_secret("secret").domain(url).log_level(lark_oapi.LogLevel.ERROR).build()


def sync_call(name: str, client, work: str):
    if name == "larkspur":
        import larkspur

        content = larkspur.message.text(TEXT)
        if work == "users":
            return lambda: checked(client.contact.v3.user.find_by_department(department_id="0", page_size=50)["items"])
        return lambda: checked(client.im.v1.message.create(receive_id_type="chat_id", receive_id="oc_1", content=content)["message_id"])
    request = official_request(work)
    if work == "users":
        return lambda: checked(client.contact.v3.user.find_by_department(request).data.items)
    return lambda: checked(client.im.v1.message.create(request).data.message_id)


def maker(name: str, url: str):
    """An asynchronous context that gives the client."""
    if name == "larkspur":
        import larkspur

        return larkspur.AsyncClient("cli_bench", "secret", base_url=url)
    if name == "aiohttp":
        import aiohttp

        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT))
    return Unmanaged(make(name, url))


class Unmanaged:
    def __init__(self, client):
        self.client = client

    async def __aenter__(self):
        return self.client

    async def __aexit__(self, *_):
        return None


def async_call(name: str, client, work: str, url: str):
    if name == "larkspur":
        import larkspur

        content = larkspur.message.text(TEXT)

        async def ours() -> None:
            sent = await client.im.v1.message.create(receive_id_type="chat_id", receive_id="oc_1", content=content)
            checked(sent["message_id"])

        return ours
    if name == "aiohttp":
        return by_hand(client, url)
    request = official_request(work)

    async def official() -> None:
        checked((await client.im.v1.message.acreate(request)).data.message_id)

    return official


def by_hand(session, url: str):
    """What a careful programmer writes without an SDK: one session, one token, ``json.loads``."""
    address = f"{url}/open-apis/im/v1/messages?receive_id_type=chat_id"
    headers = {"Authorization": "Bearer t-bench", "Content-Type": "application/json; charset=utf-8"}

    async def call() -> None:
        body = {"receive_id": "oc_1", "msg_type": "text", "content": json.dumps({"text": TEXT})}
        async with session.post(address, data=json.dumps(body), headers=headers) as response:
            answer = json.loads(await response.read())
        checked(answer["data"]["message_id"])

    return call


def official_request(work: str):
    if work == "users":
        from lark_oapi.api.contact.v3 import FindByDepartmentUserRequest

        return FindByDepartmentUserRequest.builder().department_id("0").page_size(50).build()
    from lark_oapi.api.im.v1 import CreateMessageRequest, CreateMessageRequestBody

    body = CreateMessageRequestBody.builder().receive_id("oc_1").msg_type("text").content(json.dumps({"text": TEXT})).build()
    return CreateMessageRequest.builder().receive_id_type("chat_id").request_body(body).build()


def checked(value):
    if not value:
        raise SystemExit("an answer without its data")
    return value


def resident() -> float:
    """Resident memory in MiB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
