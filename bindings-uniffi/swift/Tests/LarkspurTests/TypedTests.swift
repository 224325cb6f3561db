import Foundation
import Larkspur
import Testing

@Suite struct TypedTests {
  private let app = App()

  struct Sent: Decodable {
    let message_id: String
  }

  struct Wide: Codable, Equatable {
    let id: Int64
    var ids: [Int64]? = nil
  }

  struct Member: Decodable, Hashable {
    let open_id: String
  }

  struct Listed: Encodable {
    let department_id: String
    let page_size: Int
  }

  @Test("an answer becomes a value, and a value arguments")
  func values() async throws {
    let client = try app.client()
    let greeting: Json = ["receive_id_type": "chat_id", "receive_id": "oc_1", "content": try Message.text("hello").json]
    let sent = try await client.call(create, arguments: greeting, as: Sent.self)
    #expect(sent.message_id.hasPrefix("om_"))
    let raw = try await client.call(get, arguments: ["message_id": .string(sent.message_id)] as Json, as: Json.self)
    #expect(raw["items"]?[0]?["msg_type"]?.string == "text")
    let page = try await client.call(list, arguments: Listed(department_id: "0", page_size: 3), as: Json.self)
    #expect(page["items"]?.array?.count == 3)
  }

  @Test("integers of 64 bits keep all their digits, in and out")
  func wide() async throws {
    let client = try app.client()
    let arguments: Json = ["message_id": "om_1"]
    try await app.answer(data: #"{"id":7389012345678901234,"ids":[9223372036854775807],"new":1}"#)
    let value = try await client.call(get, arguments: arguments, as: Wide.self)
    #expect(value == Wide(id: 7_389_012_345_678_901_234, ids: [.max]))
    try await app.answer(data: #"{"id":7389012345678901234}"#)
    let json = try await client.request(Request("GET", "/open-apis/x"), as: Json.self)
    #expect(json["id"]?.integer == 7_389_012_345_678_901_234)
    try await app.answer(data: #"{"id":18446744073709551615,"least":-9223372036854775808}"#)
    let beyond = try await client.call(get, arguments: arguments, as: Json.self)
    #expect(beyond["id"]?.string == "18446744073709551615" && beyond["least"]?.integer == .min)
    #expect(try Json(encoding: value).text == #"{"id":7389012345678901234,"ids":[9223372036854775807]}"#)
  }

  @Test("an answer that is no such value is told with the remedy")
  func wrong() async throws {
    let client = try app.client()
    for (data, part) in [#"{"id":"many"}"#: "id is no Int64", "{}": "id is missing", "[]": "data is no"] {
      try await app.answer(data: data)
      let error = await failure { _ = try await client.call(get, arguments: ["message_id": "om_1"] as Json, as: Wide.self) }
      guard case LarkError.decode(let failure)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
      #expect(
        failure.message.hasPrefix("\(get): the answer is no Wide: ") && failure.message.contains(part), "\(failure.message)")
    }
  }

  @Test("an answer without data is nil, or JSON null")
  func none() async throws {
    let client = try app.client()
    let delete = "im.v1.message.delete"
    let arguments: Json = ["message_id": "om_1"]
    let empty: Node = ["body": ["code": 0, "msg": "ok"]]
    try await app.script([empty, empty])
    #expect(try await client.call(delete, arguments: arguments, as: Sent?.self) == nil)
    #expect(try await client.call(delete, arguments: arguments, as: Json.self) == .null)
  }

  @Test("items and pages come as values, and no page is fetched too many")
  func listings() async throws {
    let client = try app.client()
    let arguments: Json = ["department_id": "0", "page_size": 50]
    var members: Set<Member> = []
    for try await member in client.items(list, arguments: arguments, as: Member.self).prefix(120) { members.insert(member) }
    #expect(members.count == 120)
    #expect(try await app.calls().count == 3)
    var pages = 0
    for try await page in client.pages(list, arguments: arguments, as: Json.self).prefix(2) {
      pages += page["items"]?.array?.count ?? 0
    }
    #expect(pages == 100)
    let path = Request("GET", "/open-apis/contact/v3/users/find_by_department", query: arguments)
    var again: Set<Member> = []
    for try await member in client.requestItems(path, as: Member.self).prefix(60) { again.insert(member) }
    #expect(again.count == 60 && again.isSubset(of: members))
  }

  @Test("a loop that is left asks for no further page, and the next one begins anew")
  func leaving() async throws {
    let client = try app.client()
    let everybody = client.items(list, arguments: ["department_id": "0", "page_size": 20], as: Member.self)
    var first: [Member] = []
    for _ in 1...2 {
      for try await member in everybody {
        first.append(member)
        break
      }
    }
    #expect(first.count == 2 && first[0] == first[1])
    #expect(try await app.calls().count == 2)
  }

  @Test("a view has its own options and the tokens of its client")
  func views() async throws {
    let client = try app.client()
    let view = try client.withOptions(.init(timeout: .seconds(5), headers: ["X-Own": "1"]))
    _ = try await view.call(list, department)
    _ = try await client.call(list, department)
    let headers = try await app.calls().map { $0["headers"]?["x-own"]?.content }
    #expect(headers == ["1", nil])
    #expect(try await app.tokenRequests() == 1)
  }

  @Test("a literal is written as JSON, in its order, and read back")
  func literals() throws {
    let json: Json = ["b": nil, "a": [1, true, 1.5, "x\n\"\\\u{1}你"], "c": ["d": -9_223_372_036_854_775_808]]
    #expect(json.text == #"{"b":null,"a":[1,true,1.5,"x\n\"\\\u0001你"],"c":{"d":-9223372036854775808}}"#)
    #expect(try JSONDecoder().decode(Json.self, from: Data(json.text.utf8)) == json)
    #expect(try Json(encoding: json) == json)
  }

  @Test("messages are built, and read with their mentions")
  func messages() throws {
    #expect(try Message.text("a").msgType == "text")
    #expect(try Message.card(["elements": []]).msgType == "interactive")
    #expect(try Message.card(template: "t", variables: ["n": 1]).content.contains("template_variable"))
    #expect(throws: LarkError.self) { try Message.text("") }
    #expect(Message.mention("ou_1", name: "Tom").contains("ou_1") && !Message.escape("<at>").contains("<at>"))
    let received = #"{"message_type":"text","content":"{\"text\":\"@_user_1 hi\"}","mentions":[{"key":"@_user_1","name":"Tom"}]}"#
    #expect(try Message.parse(received).contains("Tom"))
  }
}
