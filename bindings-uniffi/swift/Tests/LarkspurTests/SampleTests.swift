import Foundation
import Larkspur
import Samples
import Testing

@MainActor @Suite struct SampleTests {
  @Test("the view model loads, greets, and tells offline from the rest")
  func model() async throws {
    let app = App()
    let backend = try app.client()
    let model = try MembersModel(baseURL: Sandbox.shared.url) { ProvidedToken(try await backend.token().value) }
    await model.load(department: "0")
    guard case .shown(let users) = model.state else { return #expect(Bool(false), "\(model.state)") }
    #expect(users.count == 20 && Set(users.map(\.id)).count == 20)
    #expect(try await model.greet(users[0]).hasPrefix("om_"))
    #expect(try await app.tokenRequests() == 1)

    let away = try MembersModel(baseURL: "http://127.0.0.1:\(closedPort())") { ProvidedToken("t-1") }
    await away.load(department: "0")
    guard case .failed("you seem to be offline", canRetry: true) = away.state else {
      return #expect(Bool(false), "\(away.state)")
    }
  }

  @Test("the quick start of the README runs")
  func quick() async throws {
    let (message, names) = try await quickStart(App().options())
    #expect(message.hasPrefix("om_") && names.count > 20 && names.allSatisfy { !$0.isEmpty })
  }

  @Test("a company's server sends, signs and tells what it needs")
  func companies() async throws {
    let app = App()
    let client = try app.client()
    _ = try await client.call("im.v1.chat.list")
    let own = ClientOptions(call: CallOptions(headers: ["X-Sandbox-App": app.id]))
    let (page, permissions) = try await company(client, hook: "\(Sandbox.shared.url)/open-apis/bot/v2/hook/swift", options: own)
    let called = try await app.calls().compactMap { $0["path"]?.content?.replacing("/open-apis/", with: "") }
    #expect(called == ["im/v1/chats", "bot/v2/hook/swift", "jssdk/ticket/get"])
    #expect(client.usedOperations == ["im.v1.chat.list"])
    #expect(page.contains(app.id) && permissions.contains("im:chat"))
  }

  @Test("an app without a secret keeps its encrypted tokens in a file")
  func keylessApp() async throws {
    let app = App()
    let signer = Signer()
    let tokens = FileManager.default.temporaryDirectory.appending(path: "larkspur-\(UUID().uuidString)")
    defer { for ending in ["", ".lock"] { try? FileManager.default.removeItem(atPath: tokens.path() + ending) } }
    for _ in 1...2 {
      let client = try keyless(app.id, at: Sandbox.shared.url, tokens: tokens, key: Data(repeating: 7, count: 32)) { audience in
        await signer.sign(app.id, for: audience)
      }
      _ = try await client.call("im.v1.chat.list")
    }
    #expect(await signer.count == 1)
    #expect(try String(contentsOf: tokens, encoding: .utf8).contains("sealed:"))
  }

  @Test("leaving the screen cancels its load")
  func leaving() async throws {
    let server = try SilentServer()
    let model = try MembersModel(baseURL: server.url) { ProvidedToken("t-1") }
    let load = Task { await model.load(department: "0") }
    var events = server.events.makeAsyncIterator()
    _ = await events.next()
    load.cancel()
    await load.value
    guard case .closed? = await events.next(), case .loading = model.state else {
      return #expect(Bool(false), "\(model.state)")
    }
  }
}

private actor Signer {
  private(set) var count = 0

  /// The sandbox looks at the claims alone.
  func sign(_ appId: String, for audience: String) -> String {
    count += 1
    let claims = Json.object([
      .init("sub", .string(appId)), .init("aud", .string(audience)),
      .init("exp", .integer(Int64(Date().timeIntervalSince1970) + 60)), .init("jti", .integer(Int64(count))),
    ])
    let encoded = Data(claims.text.utf8).base64EncodedString()
    return "e30.\(encoded.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")).signature"
  }
}
