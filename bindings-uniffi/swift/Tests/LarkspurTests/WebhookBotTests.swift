import Foundation
import Larkspur
import Testing

/// What no vector shows of bots, permissions and the file store.
@Suite struct WebhookBotTests {
  private let app = App()

  @Test("a bot prints no address, and needs no token")
  func bot() async throws {
    var options = ClientOptions(call: CallOptions(headers: ["X-Sandbox-App": app.id]))
    options.tokenProvider = { _ in throw Unknown(told: "a bot needs no token") }
    let bot = try WebhookBot(url: "\(Sandbox.shared.url)/open-apis/bot/v2/hook/t0ken", options: options)
    #expect(try await bot.send(.text("hi")) == "{}")
    #expect(!"\(bot)".contains("t0ken") && !String(reflecting: bot).contains("t0ken"))
    bot.close()

    let error = await failure { _ = try WebhookBot(url: "https://open.feishu.cn/t0ken") }
    guard case LarkError.config(let told)? = error else { return #expect(Bool(false), "it was made") }
    #expect(told.message.contains("no address of a custom bot") && !told.message.contains("t0ken"))
  }

  @Test("a scope tells what it allows, and an unknown one the nearest")
  func permissions() async throws {
    #expect(try operations(of: "im:message").contains("im.v1.message.create"))
    let error = await failure { _ = try operations(of: "im:mesage") }
    #expect(try #require(error as? LarkError).description.contains("did you mean im:message?"))
    #expect(throws: LarkError.self) { try scopes([], granted: "[]") }
  }

  @Test("a key has 32 bytes, and a file of something else is named")
  func file() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "larkspur-\(UUID().uuidString)")
    #expect(throws: LarkError.self) { try FileStore(file, key: Data(count: 16)) }
    try "my thesis".write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let store = try FileStore(file)
    let error = await failure { _ = try await store.load("key") }
    #expect(try #require(error as? LarkError).description.contains("holds something else than tokens"))
  }
}
