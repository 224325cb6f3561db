/** The main jobs of a client. */
export async function smoke({ client, isApiError, message }, held) {
  const sent = await client.im.v1.message.create({
    receive_id_type: "chat_id",
    receive_id: "oc_1",
    content: message.text("hello"),
  });
  expect(sent.message_id.startsWith("om_"), "no message id");
  held("send a message");
  let users = 0;
  for await (const user of client.contact.v3.user.findByDepartment.iter({ department_id: "0", page_size: 50 }))
    users += user.open_id ? 1 : 0;
  expect(users === 1000, `${users} users`);
  held("list users over pages");
  const refused = await client.im.v1.message.get({ message_id: "om_none" }).catch((error) => error);
  expect(isApiError(refused) && refused.name === "NotFound" && refused.logId, String(refused));
  held("an error with its log id");
  const data = new Uint8Array(300_000).fill(7);
  const { file_key } = await client.im.v1.file.create({ file_type: "stream", file: { name: "a.bin", data } });
  const file = await client.im.v1.file.get({ file_key });
  const bytes = await file.bytes();
  expect(bytes.length === data.length && bytes.every((byte) => byte === 7), "the file is not the same");
  held("a file up and down");
  const abort = new AbortController();
  const aborted = client.im.v1.message.get({ message_id: sent.message_id }, { signal: abort.signal }).catch((error) => error);
  abort.abort(new Error("enough"));
  expect((await aborted).message === "enough", "not aborted");
  held("abort a call");
}

function expect(held, otherwise) {
  if (!held) throw new Error(otherwise);
}
