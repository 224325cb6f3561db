import Foundation
import Larkspur

/// What came of one call.
struct Outcome: Sendable {
  var error: LarkError?
  var reply: Reply?
  var data: Node?
  var token: String?
  var exported: Node?
  var imported: Int?
  var user: SignedInUser?
  var device: DeviceFlow?
  var began = Date()
  var content: Data?
  var fileName: String?
  var size: UInt64?
  var signed: PageSignature?
  var scopes: Scopes?
  var items: [Node] = []
  var pages: [Node] = []
}

/// A client and what it was told.
struct Made: Sendable {
  let options: ClientOptions
  let client: Client
}

struct Unknown: Error {
  let told: String
}

/// Makes the calls of a vector, each in its time.
func outcomes(of calls: [Node], by made: Made) async throws -> [Outcome] {
  let began = ContinuousClock.now
  return try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
    var outcomes = [Outcome](repeating: Outcome(), count: calls.count)
    for (place, call) in calls.enumerated() {
      if let at = call["at"]?.int {
        try await Task.sleep(until: began + .milliseconds(at))
        group.addTask { (place, try await outcome(of: call, by: made)) }
      } else {
        outcomes[place] = try await outcome(of: call, by: made)
      }
    }
    for try await (place, outcome) in group { outcomes[place] = outcome }
    return outcomes
  }
}

private func outcome(of call: Node, by made: Made) async throws -> Outcome {
  var outcome = Outcome()
  do {
    try await Aim(made, call).make(&outcome)
  } catch let error as LarkError {
    outcome.error = error
  }
  return outcome
}

/// One call of a vector as Swift makes it.
private struct Aim {
  let call: Node
  let view: Client
  let id: String
  let arguments: String
  let request: Request?
  let files: [String: Upload]
  let options: CallOptions
  let made: Made

  init(_ made: Made, _ call: Node) throws {
    (self.made, self.call) = (made, call)
    view = try seen(made.client, call)
    id = call["operation"]?.content ?? ""
    files = Dictionary(uniqueKeysWithValues: (call["files"]?.members ?? []).map { ($0.name, upload($0.value)) })
    request = try call["request"].map { [files] in try path($0, files) }
    var members = call["arguments"]?.members ?? []
    if let message = call["message"], call["bot"] == nil {
      members.append(("content", try Node(parsing: built(message).json.text)))
    }
    arguments = Node.object(members).text
    options = told(call["options"], call["request"]?["headers"])
  }

  func make(_ outcome: inout Outcome) async throws {
    if call["view_token"] != nil {
      outcome.token = try await view.token().value
    } else if let ticket = call["app_ticket"]?.content {
      try view.setAppTicket(ticket)
    } else if call["exports"] != nil {
      outcome.exported = try Node(parsing: view.exportTokens())
    } else if let given = call["imports"] {
      outcome.imported = try view.importTokens(imported(given))
    } else if let page = call["page"]?.content {
      outcome.signed = try await view.jsapi.sign(page)
    } else if let wanted = call["scopes"] {
      let least = try least(wanted)
      (outcome.scopes, outcome.data) = (least, try Node(parsing: least.importText))
    } else if let bot = call["bot"] {
      outcome.data = try await send(bot)
    } else if call["sign_in"] != nil || call["device"] != nil || call["revoke"] != nil {
      try await sign(&outcome)
    } else if let walk = call["walk"]?.content {
      try await self.walk(walk == "items", &outcome)
    } else if call["download"] != nil {
      try await download(&outcome)
    } else if let request {
      outcome.reply = try await view.requestRaw(request, options: options)
    } else {
      outcome.reply = try await view.callRaw(id, arguments, files: files, options: options)
    }
  }

  private func imported(_ given: Node) throws -> String {
    if case .string(let text) = given { text } else { try spelledOut(given, made.options.appId, Date()).text }
  }

  private func send(_ bot: Node) async throws -> Node {
    let url = made.options.baseURL + (bot["path"]?.content ?? "")
    let bot = try WebhookBot(url: url, secret: bot["secret"]?.content, options: made.options)
    let text = try await bot.send(built(call["message"] ?? .null), options: options)
    return text.isEmpty ? .null : try Node(parsing: text)
  }

  private func least(_ wanted: Node) throws -> Scopes {
    let known: Set = ["operations", "source", "identity", "fields", "granted"]
    guard wanted.members.allSatisfy({ known.contains($0.name) }) else { throw Unknown(told: wanted.text) }
    let named = (wanted["operations"]?.list ?? []).compactMap(\.content)
    return try scopes(
      named + operations(in: wanted["source"]?.content ?? ""),
      identity: wanted["identity"]?.content.flatMap(Authority.init) ?? .tenant,
      fields: wanted["fields"] != nil, granted: wanted["granted"]?.text)
  }

  private func sign(_ outcome: inout Outcome) async throws {
    let given = call["sign_in"]
    if let key = call["revoke"]?.content {
      try await view.oauth.revoke(key)
      outcome.data = .null
    } else if let device = call["device"] {
      let device = try await view.oauth.device(scopes: (device["scopes"]?.list ?? []).compactMap(\.content))
      outcome.device = device
      outcome.user = try await device.wait()
    } else {
      outcome.user = try await view.oauth.exchange(
        code: given?["code"]?.content ?? "", redirectURI: given?["redirect_uri"]?.content ?? "",
        codeVerifier: given?["code_verifier"]?.content)
    }
  }

  private func walk(_ isOverItems: Bool, _ outcome: inout Outcome) async throws {
    if isOverItems {
      let pages = request.map { view.requestItemPages($0, options: options) }
      for try await page in pages ?? view.itemPages(id, arguments, options: options) {
        outcome.items += try Node(parsing: page).list
      }
    } else {
      let pages = request.map { view.requestPages($0, options: options) }
      for try await page in pages ?? view.pages(id, arguments, options: options) {
        outcome.pages.append(try Node(parsing: page))
      }
    }
  }

  private func download(_ outcome: inout Outcome) async throws {
    let offset = UInt64(call["download"]?["offset"]?.int ?? call["offset"]?.int ?? 0)
    let file =
      if let request {
        try await view.requestDownload(request, options: options, offset: offset)
      } else {
        try await view.download(id, arguments, options: options, offset: offset)
      }
    outcome.content = try await file.data()
    (outcome.fileName, outcome.size) = (file.fileName, file.size)
  }
}

private func seen(_ client: Client, _ call: Node) throws -> Client {
  if let token = call["user"]?.content { return try client.asUser(token: token) }
  if let key = call["user_key"]?.content { return try client.asUser(key: key) }
  return try call["tenant"]?.content.map(client.forTenant) ?? client
}

private func path(_ given: Node, _ files: [String: Upload]) throws -> Request {
  let known: Set = ["path", "body", "headers", "query", "method", "path_params", "token"]
  guard given.members.allSatisfy({ known.contains($0.name) }) else { throw Unknown(told: given.text) }
  return Request(
    given["method"]?.content ?? "", given["path"]?.content ?? "", pathParams: given["path_params"]?.json,
    query: given["query"]?.json, body: given["body"]?.json, files: files, token: given["token"]?.content
  )
}

private func upload(_ file: Node) -> Upload { .data(bytes(file) ?? Data(), name: file["name"]?.content) }

private func built(_ message: Node) throws -> Message {
  let arguments = message["arguments"]
  let text = { (name: String) in arguments?[name]?.content ?? "" }
  return switch message["kind"]?.content {
  case "text": try .text(text("text"))
  case "image": try .image(key: text("image_key"))
  case "post": try .post(arguments?["content"]?.json ?? .null, title: arguments?["title"]?.content)
  case "share_chat": try .shareChat(id: text("chat_id"))
  case "sticker": try .sticker(key: text("file_key"))
  case "interactive": try card(arguments)
  default: throw Unknown(told: message.text)
  }
}

private func card(_ arguments: Node?) throws -> Message {
  if let card = arguments?["card"] { return try .card(card.json) }
  if let id = arguments?["card_id"]?.content { return try .card(id: id) }
  return try .card(template: arguments?["template_id"]?.content ?? "", variables: arguments?["template_variable"]?.json)
}

private func told(_ given: Node?, _ own: Node?) -> CallOptions {
  CallOptions(
    timeout: given?["timeout"]?.int.map { .milliseconds($0) },
    maxWait: given?["max_wait"]?.int.map { .milliseconds($0) },
    maxRetries: given?["max_retries"]?.int,
    headers: (own?.texts ?? [:]).merging(given?["headers"]?.texts ?? [:]) { _, option in option },
    idempotencyKey: given?["idempotency_key"]?.content
  )
}

/// The bytes of a body or a file of a vector.
func bytes(_ part: Node) -> Data? {
  if let data = part["data"] { return Data(#"{"code":0,"msg":"success","data":\#(data.text)}"#.utf8) }
  if let json = part["json"] { return Data(json.text.utf8) }
  if let hex = part["hex"]?.content { return data(hex: hex.filter { !$0.isWhitespace }) }
  return part["text"]?.content.map { Data($0.utf8) }
}

private func data(hex: String) -> Data {
  let digits = hex.compactMap(\.hexDigitValue)
  return Data(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) })
}
