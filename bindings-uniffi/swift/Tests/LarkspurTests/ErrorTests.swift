import Foundation
import Larkspur
import Testing

@Suite struct ErrorTests {
  private let app = App()
  private let quick = CallOptions(maxRetries: 0)

  @Test("offline can be told from what a server says")
  func offline() async throws {
    let away = try app.client(baseURL: "http://127.0.0.1:\(closedPort())")
    let offline = try #require(await lark { _ = try await away.call(get, unknown, options: quick) })
    #expect(offline.isOffline && !offline.isFromPlatform && offline.status == nil && offline.isRetryable)
    let client = try app.client()
    try await app.fault(["operation": .string(get), "then": ["html": 502]])
    let gateway = try #require(await lark { _ = try await client.call(get, unknown, options: quick) })
    #expect(gateway.kind == "HttpError" && gateway.status == 502 && !gateway.isOffline && !gateway.isFromPlatform)
    let refused = try #require(await lark { _ = try await client.call(get, unknown, options: quick) })
    #expect(refused.kind == "NotFound" && refused.isFromPlatform && refused.status == 400)
  }

  @Test("a call that gets no answer ends with its time-out, and one that would wait longer with its deadline")
  func deadline() async throws {
    let server = try SilentServer()
    let user = try app.client(baseURL: server.url).asUser(token: "u-1")
    for options in [CallOptions(timeout: .milliseconds(200), maxRetries: 0), CallOptions(maxWait: .milliseconds(200))] {
      let began = ContinuousClock.now
      let error = try #require(await lark { _ = try await user.call(get, unknown, options: options) })
      #expect(error.kind == "TimeoutError" && !error.isOffline && !error.isFromPlatform && error.attempts == 1)
      #expect(ContinuousClock.now - began < .seconds(3))
    }
  }

  @Test(
    "wrong JSON is refused before the network and says why",
    arguments: ["{", "[1]", "null", "\"a\"", #"{"message_id":"#, #"{"message_id":{}}"#, "{}"])
  func wrong(arguments: String) async throws {
    let client = try app.client()
    let error = try #require(await lark { _ = try await client.call(get, arguments) })
    #expect(error.kind == "ArgumentError" && error.description.hasPrefix("\(get): "), "\(error)")
    #expect(try await app.requests().isEmpty)
  }

  @Test("an unknown operation names the nearest, a user's view says what it cannot do")
  func names() async throws {
    let client = try app.client()
    let unknownName = try #require(await lark { _ = try await client.call("im.v1.mesage.get", unknown) })
    #expect(unknownName.kind == "UnknownOperation" && unknownName.description.contains("did you mean"), "\(unknownName)")
    let user = try client.asUser(token: "u-1")
    let wrongView = try #require(await lark { _ = try await user.call("contact.v3.user.delete") })
    #expect(wrongView.kind == "ConfigError" && wrongView.description.contains("client.asApp()"), "\(wrongView)")
    #expect(user.identity == "user" && user.asApp().identity == "app" && user.appId == app.id)
    #expect(try await app.requests().isEmpty)
  }

  @Test("a missing permission names the scope")
  func permission() async throws {
    let client = try app.client()
    try await app.post("apps", ["missing_scopes": ["im:message", "im:message:send_as_bot", "im:message:send"]])
    let error = try #require(await lark { _ = try await client.call(create, hello.text) })
    #expect(error.kind == "PermissionDenied" && !error.missingScopes.isEmpty, "\(error)")
    #expect(error.description.contains(error.logId ?? "no log id"))
  }

  @Test("options that cannot be are refused when the client is made")
  func options() throws {
    let refused: [(ClientOptions, String)] = [
      (.init(appId: " ", appSecret: "s"), "app_id is empty"),
      (.init(appId: "cli_1", appSecret: "s", baseURL: "http://example.com"), "http"),
      (.init(appId: "cli_1", appSecret: "s", call: .init(timeout: .zero)), "timeout is zero"),
      (.init(appId: "cli_1", appSecret: "s", call: .init(timeout: .seconds(-1))), "timeout is -1000"),
      (.init(appId: "cli_1", appSecret: "s", call: .init(maxRetries: -1)), "maxRetries is -1"),
      (.init(appId: "cli_1", appSecret: "s", call: .init(headers: ["A": "b\r\nC: d"])), "header A"),
      (.init(appId: "cli_1", appSecret: "s", proxy: .url("nowhere")), "proxy is no URL"),
      (.init(appId: "cli_1", appSecret: "s", extraCA: "no PEM"), "extra_ca"),
    ]
    for (options, part) in refused {
      let told = refusal(of: options)
      #expect(told.contains(part), "\(told)")
    }
  }

  @Test("no secret is in what is printed, and an error is one line")
  func secrets() async throws {
    let client = try app.client()
    try await app.fault(["path": tokenPath, "then": ["code": 10014, "msg": "app secret invalid"]])
    let error = try #require(await lark { _ = try await client.call(get, unknown) })
    #expect(error.kind == "AuthError")
    let other = try App().client()
    let token = try await other.token()
    let reply = try await other.callRaw(list, department)
    #expect(reply.status == 200 && reply.code == 0 && reply.attempts == 1 && token.expiresAt! > Date())
    let shown = [
      "\(error)", error.localizedDescription, String(reflecting: error), dumped(app.options()), dumped(token), "\(reply)",
    ]
    for text in shown { #expect(!text.contains(app.secret) && !text.contains(token.value), "\(text)") }
    #expect(!error.localizedDescription.contains("\n") && error.localizedDescription == error.description)
  }

  private func refusal(of options: ClientOptions) -> String {
    do {
      _ = try Client(options: options)
      return "it was made"
    } catch {
      return "\(error)"
    }
  }

  private func dumped(_ value: some CustomStringConvertible) -> String {
    var text = "\(value) \(String(reflecting: value))"
    dump(value, to: &text)
    return text
  }

  private func lark(_ work: () async throws -> Void) async -> LarkError? { await failure(of: work) as? LarkError }
}
