import Foundation
import Larkspur
import Testing

@Suite struct CancellationTests {
  @Test("a cancelled task closes its connection within 100 ms, and throws CancellationError")
  func connection() async throws {
    let server = try SilentServer()
    let user = try App().client(baseURL: server.url).asUser(token: "u-1")
    var events = server.events.makeAsyncIterator()
    for _ in 1...5 {
      let call = Task { try await user.call(get, unknown) }
      guard case .request? = await events.next() else { return #expect(Bool(false), "no request came") }
      let cancelled = ContinuousClock.now
      call.cancel()
      await #expect(throws: CancellationError.self) { try await call.value }
      guard case .closed(let moment)? = await events.next() else { return #expect(Bool(false), "nothing was closed") }
      #expect(moment - cancelled < .milliseconds(100))
    }
  }

  @Test("a cancelled walk and a cancelled download end their requests")
  func others() async throws {
    let server = try SilentServer()
    let user = try App().client(baseURL: server.url).asUser(token: "u-1")
    var events = server.events.makeAsyncIterator()
    let works: [@Sendable () async throws -> Void] = [
      { for try await _ in user.pages(list, department) {} },
      { _ = try await user.download("drive.v1.media.download", #"{"file_token":"f"}"#) },
      { _ = try await user.request(Request("GET", "/open-apis/x")) },
    ]
    for work in works {
      let task = Task { try await work() }
      guard case .request? = await events.next() else { return #expect(Bool(false), "no request came") }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      guard case .closed? = await events.next() else { return #expect(Bool(false), "nothing was closed") }
    }
  }

  @Test("a refresh that was under way survives its caller")
  func refresh() async throws {
    let app = App()
    try await app.fault(["path": tokenPath, "then": ["delay_ms": 400]])
    let client = try app.client()
    let first = Task { try await client.call(get, unknown) }
    try await Task.sleep(for: .milliseconds(150))
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    guard case LarkError.notFound? = await failure(of: { _ = try await client.call(get, unknown) }) else {
      return #expect(Bool(false), "the second call has no token")
    }
    #expect(try await app.tokenRequests() == 1)
  }

  @Test("a call from a cancelled task sends nothing")
  func before() async throws {
    let app = App()
    let client = try app.client()
    let call = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await client.call(get, unknown)
    }
    await #expect(throws: CancellationError.self) { try await call.value }
    #expect(try await app.requests().isEmpty)
  }

  @Test("closing ends the calls under way, and later ones say so")
  func closing() async throws {
    let server = try SilentServer()
    let client = try App().client(baseURL: server.url)
    let user = try client.asUser(token: "u-1")
    let calls = (1...8).map { _ in Task { try await user.call(get, unknown) } } + [Task { try await client.token().value }]
    var events = server.events.makeAsyncIterator()
    for _ in calls { _ = await events.next() }
    let began = ContinuousClock.now
    client.close()
    for call in calls { expectClosed(await failure { _ = try await call.value }) }
    #expect(ContinuousClock.now - began < .seconds(1))
    expectClosed(await failure { _ = try await client.call(get, unknown) })
    expectClosed(await failure { for try await _ in client.pages(list, department) {} })
    client.close()
  }

  @Test("letting go of the last view closes the connections")
  func lettingGo() async throws {
    let server = try SilentServer()
    var user: Client? = try App().client(baseURL: server.url).asUser(token: "u-1")
    var events = server.events.makeAsyncIterator()
    let call = Task { [user] in try await user?.call(get, unknown) }
    user = nil
    guard case .request? = await events.next() else { return #expect(Bool(false), "the call ended with its view") }
    call.cancel()
    guard case .closed? = await events.next() else { return #expect(Bool(false), "nothing was closed") }
  }

  private func expectClosed(_ error: (any Error)?) {
    guard case LarkError.config(let failure)? = error else {
      return #expect(Bool(false), "\(error.map { "\($0)" } ?? "no error")")
    }
    #expect(failure.message.contains("the client is closed; make a new one"), "\(failure.message)")
  }
}
