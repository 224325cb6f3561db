import Foundation
import Larkspur

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The sandbox server that the tests run against.
struct Sandbox: Sendable {
  struct Refused: Error {
    let told: String
  }

  let url: String

  static let shared = Sandbox(variable: "LARKSPUR_SANDBOX_URL")

  /// The tests are started with the address of a server.
  private init(variable: String) {
    guard let url = ProcessInfo.processInfo.environment[variable] else {
      fatalError("\(variable) is not set; run the tests by cargo xtask test swift")
    }
    self.url = url
  }

  func get(_ door: String) async throws -> Node { try await exchange(URLRequest(url: address(door))) }

  func post(_ door: String, _ body: Node) async throws -> Node {
    var request = URLRequest(url: address(door))
    request.httpMethod = "POST"
    request.httpBody = Data(body.text.utf8)
    return try await exchange(request)
  }

  private func address(_ door: String) -> URL { URL(string: "\(url)/__sandbox/\(door)")! }

  private func exchange(_ request: URLRequest) async throws -> Node {
    let (data, response) = try await URLSession.shared.data(for: request)
    let text = String(decoding: data, as: UTF8.self)
    guard (response as? HTTPURLResponse)?.statusCode == 200 else { throw Refused(told: text) }
    return try Node(parsing: text)
  }
}

/// An app of the sandbox that only one test uses, with the sandbox's doors to it.
struct App: Sendable {
  let id = "cli_sw_\(UUID().uuidString.lowercased())"
  var secret: String { "s3cret-\(id)" }

  func options(baseURL: String = Sandbox.shared.url) -> ClientOptions {
    ClientOptions(appId: id, appSecret: secret, baseURL: baseURL)
  }

  func client(baseURL: String = Sandbox.shared.url) throws -> Client { try Client(options: options(baseURL: baseURL)) }

  func script(_ answers: [Node], tokens: Bool = false) async throws {
    try await post("script", ["answers": .array(answers), "tokens": .bool(tokens)])
  }

  /// The next call is answered by a success with this data.
  func answer(data: String) async throws {
    try await script([["body": ["code": 0, "msg": "ok", "data": Node(parsing: data)]]])
  }

  func fault(_ rule: Node) async throws {
    let own = Node.object([(name: "app_id", value: .string(id))] + rule.members)
    _ = try await Sandbox.shared.post("faults", ["rules": [own]])
  }

  @discardableResult
  func post(_ door: String, _ body: Node) async throws -> Node {
    try await Sandbox.shared.post(door, .object([(name: "app_id", value: .string(id))] + body.members))
  }

  func requests() async throws -> [Node] {
    try await Sandbox.shared.get("requests?app_id=\(id)")["requests"]?.list ?? []
  }

  func tokenRequests() async throws -> Int { try await requests().filter(isForToken).count }

  func calls() async throws -> [Node] { try await requests().filter { !isForToken($0) } }
}

private func isForToken(_ request: Node) -> Bool { request["path"]?.content?.contains("access_token") == true }

let get = "im.v1.message.get"
let unknown = #"{"message_id":"om_unknown"}"#
let list = "contact.v3.user.findByDepartment"
let department = #"{"department_id":"0","page_size":50}"#
let create = "im.v1.message.create"
let hello: Json = [
  "receive_id_type": "chat_id", "receive_id": "oc_1", "msg_type": "text", "content": #"{"text":"hello"}"#,
]
let tokenPath: Node = "/open-apis/auth/v3/tenant_access_token/internal"

/// The error that the work ends in.
func failure(of work: () async throws -> Void) async -> (any Error)? {
  do {
    try await work()
    return nil
  } catch {
    return error
  }
}
