import Foundation
import Larkspur
import Testing

/// Runs the vectors of all languages against the sandbox; what each member means stands in the README there.
@Suite struct VectorTests {
  @Test("all vectors are there") func all() throws {
    let all = try Vector.all()
    let leftOut = all.filter { !$0.isOffered }.count
    // The command that runs the tests counts them by this line.
    print("ℹ skipped \(leftOut)")
    #expect(all.count - leftOut > 250)
  }

  @Test(arguments: try Vector.all().filter(\.isOffered))
  func vector(_ vector: Vector) async throws {
    guard vector.isAlone else { return try await several.pass { await told(vector) } }
    try await single.pass { try await several.pass(all: vector.sharesToken) { await told(vector) } }
  }

  /// Tells of each vector in the words of Swift Testing, which tells of all together only.
  private func told(_ vector: Vector) async {
    let began = ContinuousClock.now
    let failed = Flag()
    await withKnownIssue(isIntermittent: true) {
      do { try await run(vector) } catch { Issue.record(error) }
    } matching: { _ in
      failed.raise()
      return false
    }
    let outcome = failed.isRaised ? "✘ Test case \"\(vector.name)\" failed" : "✔ Test case \"\(vector.name)\" passed"
    print("\(outcome) after \((ContinuousClock.now - began) / .seconds(1)) seconds.")
  }

  private func run(_ vector: Vector) async throws {
    let app = App()
    if let refused = vector.own["refused"] {
      let error = await failure { _ = try made(app, vector) { _ in } }
      return checkError(refused, try #require(error as? LarkError, "\(vector.name): it was made"))
    }
    let wire = Wire(app: app, vector: vector.own)
    try await wire.prepare()
    let waits = Waits()
    let store = vector.own["store"].map { VectorStore($0, app: app) }
    try await store?.begin()
    let told = try made(app, vector, store) { waits.add($0) }
    let calls = vector.own["calls"]?.list ?? []
    async let others: Void? = store?.meanwhile()
    let outcomes = try await outcomes(of: calls, by: told)
    try await others
    told.client.close()
    try await store?.end()
    #expect(!calls.isEmpty)
    for (call, outcome) in zip(calls, outcomes) { try check(try #require(call["result"]), outcome, app) }
    await checkWaits(vector.own, waits)
    if vector.own["client"]?["base_url"]?.content != "closed" { try await wire.checkLog() }
  }

  private func made(
    _ app: App, _ vector: Vector, _ store: VectorStore? = nil, onEvent: @escaping @Sendable (CallEvent) -> Void
  ) throws -> Made {
    let (given, options) = (vector.own["client"], try options(app, vector, store, onEvent: onEvent))
    guard given?["kind"] != nil else { return Made(options: options, client: try Client(options: options)) }
    let client = try Client(
      project: .init(
        pluginId: options.appId, pluginSecret: options.appSecret, userKey: given?["user_key"]?.content ?? "",
        isVirtual: given?["plugin_token_type"]?.content == "virtual",
        checksUserRights: given?["check_user_rights"].map { $0 == .bool(true) },
        idempotency: given?["idempotency"].map { $0 == .bool(true) } ?? true,
        pacing: given?["pacing"] == .bool(false) ? .off : .on, common: options))
    return Made(options: options, client: client)
  }

  private func options(
    _ app: App, _ vector: Vector, _ store: VectorStore?, onEvent: @escaping @Sendable (CallEvent) -> Void
  ) throws -> ClientOptions {
    let given = vector.own["client"]
    let known: Set = [
      "helpdesk", "app_id", "app_secret", "max_answer", "max_retries", "headers", "base_url", "timeout", "app_type", "kind",
      "user_key", "plugin_token_type", "check_user_rights", "idempotency", "pacing", "assertions",
    ]
    let unknown = given?.members.filter { !known.contains($0.name) } ?? []
    try #require(unknown.isEmpty, "this runner does not know \(unknown)")
    let base = given?["base_url"]?.content
    let headers = (given?["headers"]?.texts ?? [:]).merging(["X-Sandbox-App": app.id]) { own, _ in own }
    let helpdesk = given?["helpdesk"]?.list.compactMap(\.content)
    return ClientOptions(
      appId: given?["app_id"]?.content ?? app.id,
      appSecret: given?["app_secret"]?.content ?? (given?["assertions"] == nil ? app.secret : ""),
      appType: given?["app_type"]?.content == "store" ? .store : .selfBuilt,
      baseURL: base == "closed" ? "http://127.0.0.1:\(try closedPort())" : base ?? Sandbox.shared.url,
      clientAssertion: given?["assertions"].map { signer($0.list.compactMap(\.content)) },
      tokenStore: store,
      call: CallOptions(
        timeout: given?["timeout"]?.int.map { .milliseconds($0) }, maxRetries: given?["max_retries"]?.int,
        headers: headers),
      helpdesk: helpdesk.map { Helpdesk(id: $0[0], token: $0[1]) },
      maxAnswer: given?["max_answer"]?.int.map(UInt64.init),
      onEvent: onEvent
    )
  }

  /// Gives assertions one after the other, and then fails.
  private func signer(_ assertions: [String]) -> @Sendable (String) async throws -> String {
    let left = Assertions(left: assertions)
    return { audience in
      #expect("http://\(audience)" == Sandbox.shared.url)
      return try await left.next()
    }
  }

  /// Pauses of calls; those for a token or a turn are no retries, and those of a refresh belong to no call.
  private func checkWaits(_ vector: Node, _ waits: Waits) async {
    let all = (vector["waits"]?.list ?? []).filter { $0["of_refresh"] == nil }
    let places = all.indices.filter { ["backoff", "rate_limit"].contains(all[$0]["why"]?.content) }
    // Events are told after the call, in their own time.
    for _ in 1...400 where waits.all.count < places.count { try? await Task.sleep(for: .milliseconds(5)) }
    #expect(waits.all.map { $0.isRateLimit ? "rate_limit" : "backoff" } == places.map { all[$0]["why"]?.content })
    for (place, found) in zip(places, waits.all) {
      // The turn right behind a pause belongs to the same wait.
      let behind = all[(place + 1)...].prefix(1).filter { $0["why"]?.content == "pacing" }
      let spans = ([all[place]] + behind).map(span)
      let (least, most) = (spans.map(\.lowerBound).reduce(0, +), spans.map(\.upperBound).reduce(0, +))
      let range = Duration.milliseconds(least - 1)...Duration.milliseconds(most + 1)
      #expect(range.contains(found.wait), "waited \(found.wait), not \(range)")
    }
  }

  private func span(_ wait: Node) -> ClosedRange<Int> {
    let ends = wait["ms"].map { $0.int.map { [$0] } ?? $0.list.compactMap(\.int) } ?? [0]
    return ends[0]...ends[ends.count - 1]
  }
}

/// One vector, named as in its file.
struct Vector: Sendable, CustomTestStringConvertible {
  let name: String
  let own: Node

  /// What vectors may need; see `needs` in the README there.
  private static let offered: Set<String> = [
    "bots", "jsapi", "keyless", "project", "project_users", "scopes", "store_apps", "stores", "users",
  ]

  var testDescription: String { name }

  /// Requests for these tokens name no app: the sandbox knows it by a token before, and those are the same in many vectors.
  var isAlone: Bool { own["needs"] != nil || own.text.contains(#""a-1""#) }

  /// Its requests are known by a token that those beside it have too.
  var sharesToken: Bool { (own["needs"]?.list ?? []).contains("jsapi") }

  var isOffered: Bool { (own["needs"]?.list ?? []).compactMap(\.content).allSatisfy(Self.offered.contains) }

  /// Only those that say why no binding can run them are left out.
  static func all() throws -> [Vector] {
    guard let folder = ProcessInfo.processInfo.environment["LARKSPUR_VECTORS"] else {
      fatalError("LARKSPUR_VECTORS is not set; run the tests by cargo xtask test swift")
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      $0.hasSuffix(".json") && $0 != "schema.json"
    }
    return try files.sorted().flatMap { file in
      try Node(parsing: String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)).list
        .filter { ($0["only"]?.content ?? "swift") == "swift" }
        .map { Vector(name: "\(file.dropLast(5)): \($0["name"]?.content ?? "")", own: $0) }
    }
  }
}

private actor Assertions {
  private var left: [String]

  init(left: [String]) { self.left = left }

  func next() throws -> String {
    guard !left.isEmpty else { throw Unknown(told: "no assertion is left") }
    return left.removeFirst()
  }
}

/// Lets only so many vectors run at a time: each waits in real time, and all at once would be late.
private actor Gate {
  private let places: Int
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ places: Int) { (self.places, free) = (places, places) }

  /// Takes all places, or none of them; only one may wait for all.
  func pass(all: Bool, _ work: @Sendable () async throws -> Void) async throws {
    try await pass(all ? places : 0, work)
  }

  private func pass(_ places: Int, _ work: @Sendable () async throws -> Void) async throws {
    if places == 0 { return try await work() }
    try await pass { try await self.pass(places - 1, work) }
  }

  func pass(_ work: @Sendable () async throws -> Void) async throws {
    if free == 0 { await withCheckedContinuation { waiting.append($0) } } else { free -= 1 }
    defer { if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() } }
    try await work()
  }
}

private let several = Gate(8)
private let single = Gate(1)

/// Whether something happened.
private final class Flag: @unchecked Sendable {
  private let lock = NSLock()
  private var raised = false

  var isRaised: Bool { lock.withLock { raised } }

  func raise() { lock.withLock { raised = true } }
}

/// The pauses of a client's calls.
private final class Waits: @unchecked Sendable {
  private let lock = NSLock()
  private var told: [(isRateLimit: Bool, wait: Duration)] = []

  var all: [(isRateLimit: Bool, wait: Duration)] { lock.withLock { told } }

  func add(_ event: CallEvent) {
    guard case .retry(_, let isRateLimit, let wait) = event.moment else { return }
    lock.withLock { told.append((isRateLimit, wait)) }
  }
}
