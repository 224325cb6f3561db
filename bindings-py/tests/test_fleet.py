"""Fleets of processes on one store: one token request, one renewal at a time, and no harm when processes are killed."""

from __future__ import annotations

import collections
import itertools
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fleet import Worker, workers
from test_oauth import sign_in

import larkspur

CALL = """
    client.im.v1.chat  # what is imported later is imported now
    say("ready")
    sys.stdin.readline()
    threads = [threading.Thread(target=client.im.v1.chat.list) for _ in range(int(rest[0]))]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    say("done")
"""


@pytest.fixture(params=["redis", "file"])
def place(request, tmp_path):
    return request.getfixturevalue("redis") if request.param == "redis" else tmp_path / "tokens"


def test_eight_processes_with_32_threads_ask_for_one_token(app, place):
    with workers(8, CALL, app, place, 32) as fleet:
        assert all(worker.line() == "ready" for worker in fleet)
        for worker in fleet:
            worker.go()
        assert [(worker.end(), worker.said[-1]) for worker in fleet] == [(0, "done")] * 8
    assert app.token_requests() == 1 and len(app.calls()) == 8 * 32


def test_a_process_killed_while_it_renews_holds_the_others_up_for_ten_seconds_at_most(app, place):
    app.fault(path="/open-apis/auth/v3/tenant_access_token/internal", then={"delay_ms": 4000})
    with workers(1, CALL, app, place, 1) as [victim]:
        assert victim.line() == "ready"
        victim.go()
        deadline = time.monotonic() + 5
        # Its request is on the way, so that the delay meets no other.
        while app.token_requests() == 0:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    with workers(2, CALL, app, place, 4) as fleet:
        started = time.monotonic()
        for worker in fleet:
            worker.go()
        assert [worker.end() for worker in fleet] == [0, 0]
    assert 1 < time.monotonic() - started < 10 and app.token_requests() == 2


# Each user has a thread, which asks for the token all along, as calls do.
ROTATE = """
    import random

    def serve(key):
        view = client.as_user(key)
        while True:
            try:
                view.token()
            except larkspur.ReauthorizationRequired:
                say("lost", key)
                return
            except larkspur.LarkError as error:
                say("failed", key, error)
            time.sleep(random.uniform(0.1, 0.5))

    for key in rest:
        threading.Thread(target=serve, args=(key,), daemon=True).start()
    sys.stdin.readline()
"""
USERS = [f"ou_{number}" for number in range(24)]
MANY = [f"ou_{number}" for number in range(60)]


def test_no_two_processes_spend_a_refresh_token_at_once(app, redis):
    app.post("apps", expire=2)
    with app.client(token_store=larkspur.RedisStore(redis)) as client:
        for user in USERS:
            sign_in(client, user)
    dice, killed = random.Random(6), [kill_in_renewal(app, redis)]
    app.fault(path="/open-apis/authen/v2/oauth/token", then={"delay_ms": 200}, times=0)
    deadline = time.monotonic() + 45
    with workers(4, ROTATE, app, redis, *USERS) as fleet:
        while len(spent(app)) < 200 or len(twice(app)) < 5 or not lost(fleet + killed):
            assert time.monotonic() < deadline, f"{len(spent(app))} rotations, {len(killed)} kills, {len(twice(app))} sent twice"
            time.sleep(dice.uniform(0.5, 3))
            victim = dice.randrange(len(fleet))
            fleet[victim].kill()
            killed.append(fleet[victim])
            fleet[victim] = Worker(ROTATE, app, redis, *USERS)
    outcomes = renew_all(app, larkspur.RedisStore(redis), USERS)
    sent, again = spent(app), twice(app)
    assert all(len(moments) == 2 for moments in again), "a killed process's token is sent once more at most"
    # A lease lasts eight seconds: who sends it comes after that.
    assert all(later - before > 6000 for moments in again for before, later in itertools.pairwise(moments)), again
    assert not [line for worker in fleet + killed for line in worker.said if line.startswith("failed")]
    # Whose token had been spent signs in again; all others go on.
    ended = {user for user, outcome in outcomes.items() if outcome == "ReauthorizationRequired"}
    assert lost(fleet + killed) <= ended and len(ended) <= len(again)
    assert all(outcomes[user] == user for user in set(USERS) - ended), outcomes
    print(f"{len(sent)} refresh tokens, {len(killed)} kills, {len(again)} sent twice, {len(ended)} of {len(USERS)} users sign in again")


def kill_in_renewal(app, redis) -> Worker:
    """A process that was killed when the platform had spent its refresh token, and it did not know yet."""
    app.fault(path="/open-apis/authen/v2/oauth/token", then={"delay_ms": 4000})
    with workers(1, ROTATE, app, redis, USERS[0]) as [victim]:
        while not spent(app):
            time.sleep(0.02)
    return victim


def renew_all(app, store, users: list[str]) -> dict[str, str]:
    """Whom each user's token belongs to by the platform's word, or what came instead."""

    def who(user: str) -> str:
        try:
            return client.as_user(user).authen.v1.user_info.get()["open_id"]
        except larkspur.LarkError as error:
            return type(error).__name__

    with app.client(token_store=store) as client, ThreadPoolExecutor(len(users)) as threads:
        return dict(zip(users, threads.map(who, users), strict=True))


def lost(processes: list[Worker]) -> set[str]:
    """The users who have to sign in again."""
    return {line.split()[1] for worker in processes for line in worker.said if line.startswith("lost")}


def spent(app) -> dict[int, list[int]]:
    """When each refresh token was sent."""
    moments = collections.defaultdict(list)
    for request in app.requests():
        if request["refresh_token"]:
            moments[request["refresh_token"]].append(request["time_ms"])
    return moments


def twice(app) -> list[list[int]]:
    """When those were sent that were sent more than once."""
    return [moments for moments in spent(app).values() if len(moments) > 1]


# A rotation of a pair, as a renewal makes it; the store says which is the newest.
WRITE = """
    print(end="", flush=True)
    while True:
        found = store.load("pair")
        number = json.loads(found[0])["access"] if found else 0
        if number >= int(rest[0]):
            break
        pair = {"access": number + 1, "refresh": f"ur-{number + 1}", "padding": "x" * 500}
        if store.swap("pair", found and found[1], json.dumps(pair).encode(), 3600):
            say(number + 1)
"""


def test_a_file_is_whole_and_new_whenever_processes_are_killed(app, tmp_path):
    path, rotations, dice = tmp_path / "tokens", 1000, random.Random(7)
    store, newest, killed = larkspur.FileStore(path), 0, []
    with workers(16, WRITE, app, path, rotations) as fleet:
        while newest < rotations:
            time.sleep(dice.uniform(0, 0.05))
            victim = dice.randrange(len(fleet))
            fleet[victim].kill()
            known = max((int(worker.said[-1]) for worker in fleet + killed if worker.said), default=0)
            if path.exists():
                json.loads(path.read_text())
                pair = json.loads(store.load("pair")[0])
                assert pair["access"] >= max(known, newest) and pair["refresh"] == f"ur-{pair['access']}"
                newest = pair["access"]
            killed.append(fleet[victim])
            fleet[victim] = Worker(WRITE, app, path, rotations)
    said = [int(line) for worker in fleet + killed for line in worker.said]
    assert len(said) == len(set(said)), "two processes wrote the same rotation"
    assert newest == rotations and len(killed) > 20
    print(f"{rotations} rotations, {len(killed)} kills")


def test_a_file_holds_the_newest_pairs_of_users_whenever_processes_are_killed(app, tmp_path):
    path, dice, newest, killed = tmp_path / "tokens", random.Random(8), {}, 0
    app.post("apps", expire=1)
    with app.client(token_store=larkspur.FileStore(path)) as client:
        for user in MANY:
            sign_in(client, user)
    deadline = time.monotonic() + 45
    with workers(16, ROTATE, app, path, *MANY[::4]) as fleet:
        while len(spent(app)) < 1000:
            assert time.monotonic() < deadline, f"{len(spent(app))} rotations, {killed} kills"
            time.sleep(dice.uniform(0.2, 1))
            victim = dice.randrange(len(fleet))
            fleet[victim].kill()
            killed += 1
            # Each user is served by four processes.
            fleet[victim] = Worker(ROTATE, app, path, *MANY[victim % 4 :: 4])
            newest = newer(newest, path)
        failed = [line for worker in fleet for line in worker.said if line.startswith("failed")]
    outcomes, again = renew_all(app, larkspur.FileStore(path), MANY), twice(app)
    assert not failed and all(len(moments) == 2 for moments in again), again
    ended = {user for user, outcome in outcomes.items() if outcome == "ReauthorizationRequired"}
    assert len(ended) <= len(again) and all(outcomes[user] == user for user in set(MANY) - ended), outcomes
    print(f"{len(spent(app))} rotations, {killed} kills, {len(again)} sent twice, {len(ended)} of {len(MANY)} users sign in again")


def newer(before: dict[str, int], path) -> dict[str, int]:
    """Until when the token of each user in the file holds, which is no shorter than before."""
    records = {entry["key"]: json.loads(entry["value"]) for entry in json.loads(path.read_text())["entries"]}
    now = {key: record["token"]["expires"] for key, record in records.items() if "token" in record}
    assert all(until >= before.get(key, 0) for key, until in now.items())
    return now
