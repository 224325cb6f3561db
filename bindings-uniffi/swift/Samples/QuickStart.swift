import Larkspur

/// Greets a chat and then lists who is in the company; gives the message's id and the names.
public func quickStart(_ options: ClientOptions) async throws -> (message: String, names: [String]) {
  let client = try Client(options: options)
  defer { client.close() }

  let hello: Json = ["receive_id_type": "chat_id", "receive_id": "oc_1", "content": try Message.text("hello").json]
  let sent = try await client.call("im.v1.message.create", arguments: hello, as: Sent.self)

  var names: [String] = []
  let department: Json = ["department_id": "0", "page_size": 50]
  for try await user in client.items("contact.v3.user.findByDepartment", arguments: department, as: User.self) {
    names.append(user.name)
  }
  return (sent.message_id, names)
}
