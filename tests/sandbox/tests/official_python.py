"""The official Python SDK against the sandbox: a token, a message, users over pages, an image up and down.

Needs `lark-oapi` and the environment variable SANDBOX_URL. Prints one line for each step and ends with 0 when all of them hold.
"""

import io
import json
import os
import urllib.request

import lark_oapi as lark
from lark_oapi.api.contact.v3 import FindByDepartmentUserRequest
from lark_oapi.api.im.v1 import (
    CreateImageRequest,
    CreateImageRequestBody,
    CreateMessageRequest,
    CreateMessageRequestBody,
    GetImageRequest,
    GetMessageRequest,
)

URL = os.environ["SANDBOX_URL"]
APP = "cli_official_python"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def main() -> None:
    client = lark.Client.builder().app_id(APP).app_secret("secret").domain(URL).build()
    message_id = send_a_message(client)
    read_it_back(client, message_id)
    page_through_users(client)
    image_up_and_down(client)
    see_an_error(client)
    one_token_request_was_enough()


def send_a_message(client: lark.Client) -> str:
    body = CreateMessageRequestBody.builder().receive_id("oc_1").msg_type("text").content(json.dumps({"text": "hello"})).build()
    request = CreateMessageRequest.builder().receive_id_type("chat_id").request_body(body).build()
    answer = succeeded("send a message", client.im.v1.message.create(request))
    assert answer.data.message_id.startswith("om_"), answer.data.message_id
    return answer.data.message_id


def read_it_back(client: lark.Client, message_id: str) -> None:
    answer = succeeded("read it back", client.im.v1.message.get(GetMessageRequest.builder().message_id(message_id).build()))
    assert json.loads(answer.data.items[0].body.content) == {"text": "hello"}


def page_through_users(client: lark.Client) -> None:
    ids, token, pages = set(), None, 0
    while True:
        request = FindByDepartmentUserRequest.builder().department_id("0").page_size(50)
        if token:
            request = request.page_token(token)
        data = succeeded(None, client.contact.v3.user.find_by_department(request.build())).data
        ids.update(user.open_id for user in data.items)
        pages += 1
        if not data.has_more:
            break
        token = data.page_token
    assert (len(ids), pages) == (1000, 20), (len(ids), pages)
    print("ok: page through users")


def image_up_and_down(client: lark.Client) -> None:
    body = CreateImageRequestBody.builder().image_type("message").image(io.BytesIO(PNG)).build()
    created = succeeded("upload an image", client.im.v1.image.create(CreateImageRequest.builder().request_body(body).build()))
    request = GetImageRequest.builder().image_key(created.data.image_key).build()
    fetched = succeeded("download it", client.im.v1.image.get(request))
    assert fetched.file.read() == PNG


def see_an_error(client: lark.Client) -> None:
    answer = client.im.v1.message.get(GetMessageRequest.builder().message_id("om_none").build())
    assert not answer.success() and answer.code == 99992354, answer.code
    assert answer.get_log_id(), "an error names its log id"
    print("ok: see an error")


def one_token_request_was_enough() -> None:
    with urllib.request.urlopen(f"{URL}/__sandbox/requests?since=0&app_id={APP}") as answer:
        requests = json.load(answer)["requests"]
    operations = [request["operation"] for request in requests]
    assert operations.count("auth.v3.tenantAccessToken.internal") == 1, operations
    assert 'secret"' not in json.dumps([request["body"] for request in requests])
    print("ok: one token request was enough")


def succeeded(step, answer):
    assert answer.success(), (step, answer.code, answer.msg)
    if step:
        print(f"ok: {step}")
    return answer


main()
