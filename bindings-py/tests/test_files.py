"""Files up and down: every kind of source, progress, saving, resuming, closing."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import io
import resource
import time

import pytest

import larkspur

PNG = b"\x89PNG" + bytes(range(256)) * 100


def parts(app) -> dict:
    return {part["name"]: part for part in app.calls()[-1]["body"]["parts"]}


@pytest.mark.parametrize("kind", ["bytes", "bytearray", "memoryview", "path", "stream", "file", "pair", "unseekable"])
def test_every_kind_of_source(app, client, tmp_path, kind):
    path = tmp_path / "photo 1.png"
    path.write_bytes(PNG)

    class Unseekable(io.RawIOBase):
        inner = io.BytesIO(PNG)

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.inner.readinto(buffer)

    sources = {
        "bytes": lambda: PNG,
        "bytearray": lambda: bytearray(PNG),
        "memoryview": lambda: memoryview(PNG),
        "path": lambda: path,
        "stream": lambda: io.BytesIO(PNG),
        "file": lambda: path.open("rb"),
        "pair": lambda: ("other.png", io.BytesIO(PNG)),
        "unseekable": lambda: ("u.png", Unseekable()),
    }
    source = sources[kind]()
    key = client.im.v1.image.create(image_type="message", image=source)["image_key"]
    if kind == "file":
        source.close()
    names = {"path": "photo 1.png", "file": "photo 1.png", "pair": "other.png", "unseekable": "u.png"}
    sent = parts(app)["image"]
    assert sent["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert kind not in names or sent["file_name"] == names[kind]
    assert client.im.v1.image.get(image_key=key).read() == PNG


def test_a_stream_goes_up_from_where_it_stands_and_can_be_sent_again(app, client):
    stream = io.BytesIO(b"skipped" + PNG)
    stream.seek(7)
    app.fault(operation="im.v1.image.create", then={"code": 99991400, "status": 429, "headers": {"x-ogw-ratelimit-reset": "0"}})
    client.im.v1.image.create(image_type="message", image=stream)
    assert len(app.calls()) == 2 and parts(app)["image"]["size"] == len(PNG)


def test_a_stream_that_fails_is_told(client):
    class Bad(io.BytesIO):
        def read(self, *_):
            raise OSError("the disk is gone")

    with pytest.raises(larkspur.LarkError, match="the disk is gone"):
        client.im.v1.image.create(image_type="message", image=Bad(b"1234"))
    with pytest.raises(larkspur.LarkError, match="str instead of bytes"):
        client.im.v1.image.create(image_type="message", image=io.StringIO("text"))


@pytest.mark.parametrize("source", [PNG * 40, io.BytesIO(PNG * 40)])
def test_progress_is_told_in_the_callers_thread(client, source):
    told = []
    client.im.v1.image.create(image_type="message", image=source, on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(PNG) * 40,) * 2 and told == sorted(told)


def test_progress_with_asyncio(app):
    told = []

    async def main():
        client = app.async_client()
        await client.im.v1.image.create(image_type="message", image=PNG, on_progress=lambda done, total: told.append((done, total)))

    asyncio.run(main())
    assert told[-1] == (len(PNG), len(PNG))


def test_any_path_takes_files(app, client):
    sent = client.request("POST", "/open-apis/im/v1/images", body={"image_type": "message"}, files={"image": ("a.png", PNG)})
    assert sent["image_key"] and parts(app)["image"]["file_name"] == "a.png"


def placed(app, size: int) -> dict:
    return {"file_token": app.post("files", kind="drive", size=size, name="报告.bin")["key"]}


def pattern(app, client, size: int) -> bytes:
    return client.drive.v1.file.download(**placed(app, size)).read()


def test_a_download_tells_what_it_is(app, client):
    with client.drive.v1.file.download(**placed(app, 3_000_000)) as file:
        assert (file.file_name, file.size) == ("报告.bin", 3_000_000) and file.content_type
        chunks = list(file)
        assert len(chunks) > 1 and sum(map(len, chunks)) == 3_000_000
        assert "报告.bin" in repr(file)
    with pytest.raises(larkspur.LarkError, match="the download is closed"):
        file.read()


def test_a_download_is_saved_whole_or_not_at_all(app, client, tmp_path):
    target = tmp_path / "report.bin"
    assert client.drive.v1.file.download(**placed(app, 2_000_000)).save(target) == target
    assert target.stat().st_size == 2_000_000 and [path.name for path in tmp_path.iterdir()] == ["report.bin"]


def test_a_broken_download_goes_on_by_itself(app, client):
    whole = pattern(app, client, 2_000_000)
    app.fault(operation="drive.v1.file.download", then={"cut": "rst", "after_bytes": 700_000})
    assert client.drive.v1.file.download(**placed(app, 2_000_000)).read() == whole
    assert any("range" in request["headers"] for request in app.calls())


def test_a_later_save_goes_on_where_an_earlier_one_ended(app, client, tmp_path):
    whole, file, target = pattern(app, client, 2_000_000), placed(app, 2_000_000), tmp_path / "f"
    app.fault(operation="drive.v1.file.download", times=1, then={"cut": "rst", "after_bytes": 1_200_000})
    impatient = client.with_options(max_retries=0)
    with pytest.raises(larkspur.TransportError):
        impatient.drive.v1.file.download(**file).save(target)
    (part,) = tmp_path.iterdir()
    assert part.suffix == ".part" and 0 < part.stat().st_size <= 1_200_000 and not target.exists()
    before = len(app.calls())
    client.drive.v1.file.download(**file).save(target)
    ranges = [request["headers"].get("range") for request in app.calls()[before:]]
    assert target.read_bytes() == whole and ranges[-1] is not None and [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_half_read_download_is_not_saved(app, client, tmp_path):
    file = client.drive.v1.file.download(**placed(app, 3_000_000))
    next(file)
    with pytest.raises(ValueError, match="read already"):
        file.save(tmp_path / "f")


def test_a_refused_download_is_an_error_at_once(client):
    with pytest.raises(larkspur.ApiError):
        client.drive.v1.file.download(file_token="unknown")


def test_downloads_with_asyncio(app, tmp_path):
    async def main():
        client, file = app.async_client(), placed(app, 2_000_000)
        async with await client.drive.v1.file.download(**file) as download:
            assert download.file_name == "报告.bin" and download.size == 2_000_000
            assert sum([len(chunk) async for chunk in download]) == 2_000_000
        saved = await (await client.drive.v1.file.download(**file)).save(tmp_path / "f")
        assert saved.stat().st_size == 2_000_000
        with pytest.raises(larkspur.ApiError):
            await client.drive.v1.file.download(file_token="unknown")

    asyncio.run(main())


def test_a_dropped_download_closes_its_connection(app, client):
    app.fault(operation="drive.v1.file.download", then={"drip": {"bytes": 1000, "every_ms": 20}})
    download = client.drive.v1.file.download(**placed(app, 10_000_000))
    next(download)
    del download
    gc.collect()
    start = time.monotonic()
    client.drive.v1.file.download(**placed(app, 10)).read()
    assert time.monotonic() - start < 2


def test_memory_stays_flat(app, client, tmp_path):
    app.post("apps", upload_limit=1 << 30)
    source = tmp_path / "big"
    with source.open("wb") as file:
        file.truncate(200_000_000)
    client.im.v1.image.create(image_type="message", image=PNG)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    client.drive.v1.file.upload_all(file_name="big", parent_type="explorer", parent_node="fld", size=200_000_000, file=source)
    client.drive.v1.file.download(**placed(app, 200_000_000)).save(tmp_path / "down")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000
