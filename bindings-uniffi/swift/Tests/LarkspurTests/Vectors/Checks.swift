import Foundation
import Larkspur
import Testing

/// Compares what came of a call with what a vector says.
func check(_ expected: Node, _ outcome: Outcome, _ app: App) throws {
  if let error = expected["error"] {
    checkError(error, try #require(outcome.error, "it succeeded: \(outcome)"))
  } else if let error = outcome.error {
    throw error
  }
  if let items = expected["items"] { #expect(outcome.items == items.list) }
  if let pages = expected["pages"] { #expect(outcome.pages == pages.list) }
  if let token = expected["token"] { #expect(outcome.token == token.content) }
  if let data = expected["data"] { #expect(try outcome.data ?? outcome.reply.map { try parsed($0.data) } == data) }
  if let user = expected["user"] { checkUser(user, try #require(outcome.user), outcome.began) }
  if let exported = expected["exported"] {
    try checkSame(spelledOut(exported, app.id, outcome.began), try #require(outcome.exported))
  }
  if let imported = expected["imported"] { #expect(outcome.imported == imported.int) }
  if let signed = expected["signed"] { try checkSigned(signed, try #require(outcome.signed)) }
  if let scopes = outcome.scopes { try checkScopes(expected, scopes) }
  if let device = expected["device"] {
    #expect(outcome.device.map { row([("url", $0.url), ("user_code", $0.userCode)]) } == device)
  }
  if let file = expected["file"] {
    checkFile(file, outcome)
  } else if let attempts = expected["attempts"], expected["error"] == nil {
    #expect(outcome.reply?.attempts == attempts.int)
  }
  if let reply = expected["reply"] { checkReply(reply, try #require(outcome.reply)) }
}

/// The page takes `json`; the members are the same.
private func checkSigned(_ expected: Node, _ signed: PageSignature) throws {
  let page = try Node(parsing: signed.json)
  let member = { (name: String) in page[name]?.content ?? "" }
  let names = ["jsapi_ticket=\(expected["ticket"]?.content ?? "")", "noncestr=\(signed.nonceStr)"]
  let text = (names + ["timestamp=\(member("timestamp"))", "url=\(expected["url"]?.content ?? "")"]).joined(separator: "&")
  #expect(signed.signature == sha1(Data(text.utf8)) && signed.nonceStr.count == 32)
  #expect(abs(signed.timestamp.timeIntervalSinceNow) < 30)
  #expect([signed.appId, signed.nonceStr, signed.signature] == ["appId", "nonceStr", "signature"].map(member))
}

private func checkScopes(_ expected: Node, _ found: Scopes) throws {
  let texts = { (node: Node?) in (node?.list ?? []).compactMap(\.content) }
  #expect(found.undocumented == texts(expected["undocumented"]) && found.conditional == texts(expected["conditional"]))
  let lists = try Node(parsing: found.importText)["scopes"]
  #expect(found.tenant == texts(lists?["tenant"]) && found.user == texts(lists?["user"]))
}

private func checkUser(_ expected: Node, _ user: SignedInUser, _ began: Date) {
  #expect(user.key == expected["key"]?.content && user.openId == expected["open_id"]?.content ?? "")
  #expect(user.scopes == (expected["scopes"]?.list ?? []).compactMap(\.content))
  checkMoment(expected["expires_in"], user.expiresAt, began)
  checkMoment(expected["refresh_expires_in"], user.refreshExpiresAt, began)
}

private func checkMoment(_ expected: Node?, _ found: Date?, _ began: Date) {
  let wanted = expected?.int.map { began.addingTimeInterval(Double($0) / 1000) }
  #expect(found.map { abs($0.timeIntervalSince(wanted ?? .distantPast)) < 5 } == (wanted == nil ? nil : true))
}

func checkError(_ expected: Node, _ error: LarkError) {
  let line = error.description
  let name = expected["class"]?.content ?? ""
  #expect(error.kind == name, "\(line)")
  #expect(caseName(error) == (name.hasSuffix("Error") ? String(name.dropLast(5)) : name).lowercased())
  if let message = expected["message"]?.content { #expect(line == (error.operation.map { "\($0): " } ?? "") + message) }
  for part in expected["contains"]?.list.compactMap(\.content) ?? [] { #expect(line.contains(part)) }
  if let code = expected["code"] { #expect(error.code == code.int.map(Int64.init)) }
  if let status = expected["status"] { #expect(error.status == status.int) }
  if let msg = expected["msg"] { #expect(error.answer?.msg == msg.content) }
  if let logId = expected["log_id"] { #expect(error.logId == logId.content) }
  if let attempts = expected["attempts"] { #expect(error.attempts == attempts.int) }
  if let retryable = expected["retryable"] { #expect(Node.bool(error.isRetryable) == retryable) }
  if let wait = expected["retry_after"] { #expect(error.retryAfter == wait.int.map { .milliseconds($0) }) }
  if let scopes = expected["missing_scopes"] { #expect(error.missingScopes == scopes.list.compactMap(\.content)) }
  if let page = expected["troubleshooter"] { #expect(error.answer?.troubleshooter == page.content) }
  if let data = expected["data"] { #expect((try? parsed(error.answer?.data ?? "")) == data) }
  if let url = expected["url"]?.content { #expect(page(error.authorizeURL) == url) }
  if let url = expected["apply_url"]?.content { #expect(page(error.applyURL) == url) }
  if let text = expected["import_text"]?.content { #expect(error.importText == text) }
  for (name, found) in rows(error.answer) { if let rows = expected[name] { #expect(found == rows.list) } }
  #expect(!line.contains("\n"))
}

/// A page behind its host.
private func page(_ url: String?) -> String? {
  guard let url, let host = url.range(of: "://")?.upperBound,
    let path = url[host...].firstIndex(of: "/")
  else { return nil }
  return String(url[path...]).replacing(#/cli_[\w-]+/#, with: "$app_id")
}

private func caseName(_ error: LarkError) -> String {
  (Mirror(reflecting: error).children.first?.label ?? "").lowercased()
}

private func rows(_ answer: Refusal?) -> [(String, [Node])] {
  guard let answer else { return [] }
  return [
    (
      "field_violations",
      answer.fieldViolations.map { row([("field", $0.field), ("value", $0.value), ("description", $0.description)]) }
    ),
    (
      "permission_violations",
      answer.permissionViolations.map {
        row([("kind", $0.kind), ("scope", $0.scope), ("description", $0.description), ("url", $0.url)])
      }
    ),
    ("helps", answer.helps.map { row([("url", $0.url), ("description", $0.description)]) }),
  ]
}

/// Texts that are empty are left out of the vectors.
private func row(_ members: [(String, String)]) -> Node {
  .object(members.filter { !$1.isEmpty }.map { ($0, .string($1)) })
}

private func checkFile(_ expected: Node, _ outcome: Outcome) {
  #expect(outcome.content == bytes(expected))
  if let name = expected["name"] { #expect(outcome.fileName == name.content) }
  if let size = expected["size"] { #expect(outcome.size == size.int.map(UInt64.init)) }
}

private func checkReply(_ expected: Node, _ reply: Reply) {
  if let status = expected["status"] { #expect(reply.status == status.int) }
  if let code = expected["code"] { #expect(reply.code == code.int.map(Int64.init)) }
  if let msg = expected["msg"] { #expect(reply.msg == msg.content) }
  if let logId = expected["log_id"] { #expect(reply.logId == logId.content) }
  for (name, value) in expected["headers"]?.members ?? [] { #expect(reply.headers[name.lowercased()] == value.content) }
}

/// The data of a reply; JSON null when it has none.
private func parsed(_ data: String) throws -> Node { data.isEmpty ? .null : try Node(parsing: data) }
