import Foundation
import Larkspur
import Testing

/// What goes over the wire in a vector: the answers that the sandbox is to give, and the requests that it is to see.
struct Wire {
  let app: App
  let vector: Node

  private var isFree: Bool { vector["order"] == "free" }

  /// The exchange with the short form of token requests written out.
  private var turns: [Node] {
    (vector["exchange"]?.list ?? []).map { $0["grants"] == nil ? $0 : grant($0) }
  }

  /// In free order each answer goes to its own request, else they are given out one after the other.
  func prepare() async throws {
    guard isFree else { return try await app.script(turns.map(shape), tokens: true) }
    for turn in turns {
      let expect = turn["expect"]
      try await app.fault(["method": expect?["method"] ?? "", "path": expect?["path"] ?? "", "then": shape(turn)])
    }
  }

  /// Compares the sandbox's log with the requests of the vector.
  func checkLog() async throws {
    let expected = sorted(turns.compactMap { $0["expect"] })
    let requests = sorted(try await app.requests())
    try #require(requests.map(line) == expected.map(line))
    var check = WireCheck(names: ["$app_id": app.id, "$app_secret": "***"])
    for (expect, request) in zip(expected, requests) { try check.check(expect, request) }
  }

  private func sorted(_ requests: [Node]) -> [Node] {
    isFree ? requests.sorted { line($0) < line($1) } : requests
  }

  private func line(_ request: Node) -> String {
    "\(request["method"]?.content ?? "") \(request["path"]?.content ?? "")"
  }
}

private func grant(_ turn: Node) -> Node {
  let kind = turn["kind"]?.content ?? "tenant"
  let (path, body, granted) = kind == "plugin" || kind == "virtual" ? ofPlugin(turn, kind) : ofApp(turn, kind)
  return [
    "expect": ["method": "POST", "path": .string(path), "token": .null, "json": body],
    "answer": ["json": granted],
    "takes": turn["takes"] ?? 0,
  ]
}

private func ofApp(_ turn: Node, _ kind: String) -> (path: String, body: Node, granted: Node) {
  let granted: Node = .object([
    ("code", 0), ("msg", "ok"), ("\(kind)_access_token", turn["grants"] ?? ""), ("expire", turn["expire"] ?? 7200),
  ])
  let body: Node = ["app_id": "$app_id", "app_secret": "$app_secret"]
  return ("/open-apis/auth/v3/\(kind)_access_token/internal", body, granted)
}

private func ofPlugin(_ turn: Node, _ kind: String) -> (path: String, body: Node, granted: Node) {
  let type: Node = kind == "virtual" ? 1 : 0
  let granted: Node = [
    "data": ["token": turn["grants"] ?? "", "expire_time": turn["expire"] ?? 7200],
    "error": ["code": 0, "msg": "success"],
  ]
  let body: Node = ["plugin_id": "$app_id", "plugin_secret": "$app_secret", "type": type]
  return ("/open_api/authen/plugin_token", body, granted)
}

private func shape(_ turn: Node) -> Node {
  let answer = turn["answer"] ?? .null
  if answer["fails"] != nil { return ["cut": "fin"] }
  // The sandbox would add a log id of its own.
  let own = (answer["headers"]?.members ?? []).map { (name: $0.name.lowercased(), value: $0.value) }
  let headers = own.contains { $0.name == "x-tt-logid" } ? own : own + [(name: "x-tt-logid", value: [])]
  var shape: [(name: String, value: Node)] = [
    ("status", answer["status"] ?? 200), ("headers", .object(headers)), ("delay_ms", turn["takes"] ?? 0),
  ]
  if let body = bytes(answer) { shape.append(("body_base64", .string(body.base64EncodedString()))) }
  if let after = answer["breaks"] { shape += [("cut", "fin"), ("after_bytes", after)] }
  return .object(shape)
}

private let secrets: Set = [
  "app_secret", "client_secret", "client_assertion", "app_access_token", "app_ticket",
  "refresh_token", "code_verifier", "token", "device_code",
]

/// Compares requests; keys and tokens that came once are known from then on.
private struct WireCheck {
  var names: [String: String]
  var tokens: [String: String] = [:]

  mutating func check(_ expect: Node, _ request: Node) throws {
    try fits(expect["query"] ?? "", .string(request["raw_query"]?.content ?? ""))
    let headers = request["headers"]?.texts ?? [:]
    let agent = headers["user-agent"] ?? ""
    #expect(agent.hasPrefix("larkspur/") && agent.contains("swift/"))
    for (name, value) in expect["headers"]?.members ?? [] { try checkHeader(name, value, headers[name.lowercased()]) }
    checkToken(expect["token"], request["token"])
    try checkBody(expect, request["body"] ?? .null, headers)
  }

  private mutating func checkHeader(_ name: String, _ wanted: Node, _ found: String?) throws {
    guard let text = wanted.content else { return #expect(found == nil, "\(name)") }
    if name == "X-Lark-Helpdesk-Authorization" {
      // The log shows the pair without its secret half.
      let pair = String(decoding: Data(base64Encoded: text) ?? Data(), as: UTF8.self)
      #expect(found == "\(pair.prefix { $0 != ":" }):***")
    } else if text.hasSuffix("*") {
      #expect(found?.hasPrefix(text.dropLast()) == true, "\(name)")
    } else {
      try fits(wanted, found.map(Node.string) ?? .null)
    }
  }

  /// The log shows a label in the place of a token: the same label for the same token, and for it alone.
  private mutating func checkToken(_ wanted: Node?, _ found: Node?) {
    guard let wanted else { return }
    guard let token = wanted.content else { return #expect(found?.isNull != false) }
    let label = found?["label"]?.content
    if tokens[token] == nil { tokens[token] = label }
    #expect(label != nil && tokens[token] == label)
    #expect(Set(tokens.values).count == tokens.count)
  }

  private mutating func checkBody(_ expect: Node, _ body: Node, _ headers: [String: String]) throws {
    let kind = headers["content-type"] ?? ""
    if expect["form"] != nil || kind.hasPrefix("multipart/") {
      checkForm(expect, body, headers, kind)
    } else if let json = expect["json"] {
      #expect(kind == "application/json; charset=utf-8")
      try fits(shown(json), Node(parsing: body["text"]?.content ?? ""))
    } else if let fields = expect["fields"] {
      #expect(kind == "application/x-www-form-urlencoded")
      try fits(shown(fields), form(body["text"]?.content ?? ""))
    } else if let text = expect["text"] {
      #expect(body["text"] == text)
    } else {
      #expect(body.isNull && kind.isEmpty)
    }
  }

  /// The log shows no secret.
  private func shown(_ json: Node) -> Node {
    guard case .object(let members) = json else { return json }
    let secrets = json["grant_type"] == nil ? secrets : secrets.union(["code"])
    return .object(members.map { ($0.name, secrets.contains($0.name) ? "***" : $0.value) })
  }

  private func form(_ text: String) -> Node {
    let fields = text.split(separator: "&").map { $0.split(separator: "=", omittingEmptySubsequences: false) }
    return .object(fields.map { (name: plain($0[0]), value: .string(plain($0[1]))) })
  }

  private func plain(_ text: Substring) -> String {
    text.replacing("+", with: " ").removingPercentEncoding ?? ""
  }

  private func checkForm(_ expect: Node, _ body: Node, _ headers: [String: String], _ kind: String) {
    if let text = expect["text"]?.content {
      let boundary = kind.components(separatedBy: "boundary=").last ?? ""
      let length = text.replacingOccurrences(of: "$boundary", with: boundary).utf8.count
      return #expect(headers["content-length"] == "\(length)")
    }
    let seen = (body["parts"]?.list ?? []).map { part in
      ["name", "file_name", "type", "size", "sha256"].map { part[$0]?.content }
    }
    #expect(seen == expect["form"]?.list.map(wanted))
  }

  private func wanted(_ part: Node) -> [String?] {
    let content = bytes(part) ?? Data()
    return [part["name"], part["file_name"], part["type"]].map { $0?.content } + ["\(content.count)", sha256(content)]
  }

  /// Equal, but for `$uuid` and the like: any value of the kind at first sight, the same from then on.
  private mutating func fits(_ expected: Node, _ actual: Node) throws {
    switch (expected, actual) {
    case (.object(let wanted), .object(let found)):
      #expect(wanted.map(\.name).sorted() == found.map(\.name).sorted())
      for (name, value) in wanted { try fits(value, actual[name] ?? .null) }
    case (.array(let wanted), .array(let found)) where wanted.count == found.count:
      for (wanted, found) in zip(wanted, found) { try fits(wanted, found) }
    case (.string("$timestamp"), .string(let found)):
      #expect(found.wholeMatch(of: #/\d{10}/#) != nil, "\(found)")
    case (.string("$sign"), .string(let found)):
      #expect(found.wholeMatch(of: #/[A-Za-z0-9+/]{43}=/#) != nil, "\(found)")
    case (.string(let wanted), .string(let found)) where wanted.contains("$"):
      #expect(try filled(wanted, found) == found)
    default:
      #expect(expected == actual)
    }
  }

  private mutating func filled(_ expected: String, _ actual: String) throws -> String {
    var text = expected
    for match in expected.matches(of: #/\$\w+/#) {
      let name = String(match.output)
      if names[name] == nil { names[name] = try newKey(name, actual) }
      text = text.replacingOccurrences(of: name, with: names[name] ?? "")
    }
    return text
  }

  private func newKey(_ name: String, _ actual: String) throws -> String {
    #expect(name.hasPrefix("$uuid"), "\(name)")
    let uuid = #/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#
    let key = String(try #require(actual.firstMatch(of: uuid), "no key in \(actual)").output)
    #expect(!names.values.contains(key), "two calls have the same key")
    return key
  }
}
