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
