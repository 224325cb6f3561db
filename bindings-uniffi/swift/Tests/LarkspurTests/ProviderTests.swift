import Foundation
import Larkspur
import Testing

@Suite struct ProviderTests {
  private let app = App()

  @Test("a provider is asked once however many calls wait, outside of the library's threads")
  func once() async throws {
    let token = try await token()
    let asked = Asked()
    let client = try client { wanted in
      await asked.add(wanted)
      try await Task.sleep(for: .milliseconds(50))
      return ProvidedToken(token, expiresAt: Date(timeIntervalSinceNow: 7200))
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...100 { group.addTask { _ = try await client.call(list, department) } }
      try await group.waitForAll()
    }
    let wanted = await asked.all
    #expect(wanted.count == 1)
    #expect(wanted.first?.kind == "tenant" && wanted.first?.reason == "first" && wanted.first?.tenantKey == nil)
  }

  @Test("whatever a provider throws is told to the call in one line")
  func throwing() async throws {
    struct Down: Error, CustomStringConvertible {
      let description = "the backend\nis down"
    }
    let client = try client { _ in throw Down() }
    let error = await failure { _ = try await client.call(get, unknown) }
    guard case LarkError.auth(let failure)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(failure.message.contains("the token provider failed: the backend is down"), "\(failure.message)")
  }

  @Test("a provider that never returns ends with the deadline of the call, and with the client")
  func never() async throws {
    let ended = Asked()
    let client = try client(maxWait: .milliseconds(300)) { wanted in
      do { try await Task.sleep(for: .seconds(600)) } catch { await ended.add(wanted) }
      return ProvidedToken("t-late")
    }
    let began = ContinuousClock.now
    let error = await failure { _ = try await client.call(get, unknown) }
    guard case LarkError.timeout? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(ContinuousClock.now - began < .seconds(3))
    client.close()
    for _ in 1...100 where await ended.all.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
    #expect(await !ended.all.isEmpty)
  }

  @Test("an empty token is refused before it is sent")
  func empty() async throws {
    let client = try client { _ in ProvidedToken(" ") }
    guard case LarkError.config? = await failure(of: { _ = try await client.call(get, unknown) }) else {
      return #expect(Bool(false), "it was sent")
    }
    #expect(try await app.calls().isEmpty)
  }

  @Test("a refused token is asked for again")
  func refused() async throws {
    let token = try await token()
    let asked = Asked()
    let client = try client { wanted in
      await asked.add(wanted)
      return ProvidedToken(wanted.reason == "refused" ? token : "t-old")
    }
    _ = try await client.call(list, department)
    #expect(await asked.all.map(\.reason) == ["first", "refused"])
  }

  @Test("a store keeps tokens for the next client; one that throws is told of, and calls go on")
  func store() async throws {
    let shelf = Shelf()
    for _ in 1...2 {
      var options = app.options()
      options.tokenStore = shelf
      _ = try await Client(options: options).call(list, department)
    }
    #expect(try await app.tokenRequests() == 1)
    #expect(await shelf.swaps > 0)

    let told = Lines()
    var options = app.options()
    options.tokenStore = Broken()
    options.onEvent = { event in
      if case .storeFailed(let reason) = event.moment { told.add(reason) }
    }
    _ = try await Client(options: options).call(list, department)
    for _ in 1...100 where told.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
    #expect(told.first?.contains("Locked") == true)
  }

  @Test("a store that never answers holds a call up for some seconds only")
  func hanging() async throws {
    var options = app.options()
    options.tokenStore = Hanging()
    let began = ContinuousClock.now
    _ = try await Client(options: options).call(list, department)
    #expect(ContinuousClock.now - began < .seconds(20))
  }

  /// A token that the sandbox takes, as a backend would hand it out.
  private func token() async throws -> String { try await app.client().token().value }

  private func client(
    maxWait: Duration? = nil, provider: @escaping @Sendable (TokenWanted) async throws -> ProvidedToken
  ) throws -> Client {
    let call = CallOptions(maxWait: maxWait, headers: ["X-Sandbox-App": app.id])
    return try Client(options: .init(baseURL: Sandbox.shared.url, tokenProvider: provider, call: call))
  }
}

private struct Broken: TokenStore {
  struct Locked: Error {}

  func load(_ key: String) async throws -> StoredToken? { throw Locked() }

  func swap(_ key: String, expected: String?, value: String, ttl: Duration) async throws -> Bool { throw Locked() }
}

private struct Hanging: TokenStore {
  func load(_ key: String) async throws -> StoredToken? {
    try await Task.sleep(for: .seconds(600))
    return nil
  }

  func swap(_ key: String, expected: String?, value: String, ttl: Duration) async throws -> Bool {
    try await load(key) != nil
  }
}

private actor Shelf: TokenStore {
  private var stored: [String: StoredToken] = [:]
  private var versions: [String: String] = [:]
  private(set) var swaps = 0

  func load(_ key: String) -> StoredToken? { stored[key] }

  func swap(_ key: String, expected: String?, value: String, ttl: Duration) -> Bool {
    guard versions[key] == expected else { return false }
    swaps += 1
    versions[key] = "\(swaps)"
    stored[key] = StoredToken(value: value, version: "\(swaps)")
    return true
  }
}

private final class Lines: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [String] = []

  var isEmpty: Bool { first == nil }
  var first: String? { lock.withLock { lines.first } }

  func add(_ line: String) { lock.withLock { lines.append(line) } }
}

private actor Asked {
  private(set) var all: [TokenWanted] = []

  func add(_ wanted: TokenWanted) { all.append(wanted) }
}
