import Foundation
import Larkspur
import Testing

/// They run by themselves: turns would be late among other tests.
@Suite(.serialized) struct PacingTests {
  private let app = App()
  private let story: Json = ["project_key": "p1", "work_item_type_key": "story", "name": "Login page"]

  @Test("a call beyond the rate of its page waits until the second is over")
  func waiting() async throws {
    try await app.script((1...6).map { _ in ["body": ["code": 0, "msg": "ok", "data": [:]]] })
    var options = app.options()
    options.pacing = true
    let client = try Client(options: options)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...6 { group.addTask { _ = try await client.call("im.v2.tag.list", #"{"ids":["1"]}"#) } }
      try await group.waitForAll()
    }
    let times = try await app.calls().compactMap { $0["time_ms"]?.int }.sorted()
    #expect(times.count == 6)
    // Five a second is what the page allows.
    #expect(times[5] - times[0] >= 900, "\(times)")
  }

  @Test("two clients of a plugin keep its rate over one Redis")
  func plugin() async throws {
    let clients = try (1...2).map { _ in try project(.over(shared)) }
    for client in clients { _ = try await client.token() }
    // Fifteen a second: the last of sixty goes after three.
    try await keeps("/work_item/create", calls: 60, seconds: 3) { [story] in
      _ = try await clients[$0 % 2].call("work_item.create", arguments: story, as: Int64.self)
    }
  }

  @Test("two clients of an app keep its rate over one Redis")
  func platform() async throws {
    try await app.post("limits", ["operation": "im.v1.chat.list", "limit": 50, "window_ms": 1000])
    var options = app.options()
    options.pacing = .over(shared)
    let clients = try (1...2).map { [options] _ in try Client(options: options) }
    for client in clients { _ = try await client.token() }
    try await keeps("/im/v1/chats", calls: 150, seconds: 2) { _ = try await clients[$0 % 2].call("im.v1.chat.list") }
  }

  @Test("a Redis that is away is told once, and calls go on", .timeLimit(.minutes(1)))
  func away() async throws {
    struct Away: Error {}
    let told = Told()
    let store = RedisStore { _, _, _ in throw Away() }
    let client = try project(.over(store)) { event in
      if case .storeFailed(let reason) = event.moment { told.add("\(event.operation): \(reason)") }
    }
    for _ in 1...3 { _ = try await client.call("work_item.create", arguments: story, as: Int64.self) }
    for _ in 1...100 where told.lines.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
    #expect(told.lines == ["pacing store: the Redis cannot be asked (Away)"])
  }

  private var shared: RedisStore { RedisStore(prefix: "pace:\(app.id):") { try Redis.shared.eval($0, $1, $2) } }

  private func project(_ pacing: Pacing, onEvent: (@Sendable (CallEvent) -> Void)? = nil) throws -> Client {
    let common = ClientOptions(baseURL: Sandbox.shared.url, onEvent: onEvent)
    return try Client(
      project: .init(pluginId: app.id, pluginSecret: app.secret, userKey: "7000001", pacing: pacing, common: common))
  }

  /// Makes calls at once, which cannot all be answered before so many seconds. A machine that stands still for a moment costs a turn, and
  /// with it a second, so it is measured up to three times; what is wrong costs it each time.
  private func keeps(
    _ path: String, calls: Int, seconds: Int, _ call: @escaping @Sendable (Int) async throws -> Void
  ) async throws {
    for run in 1...3 {
      let before = try await sent(path).count
      let late = try await lateness {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 1...calls { group.addTask { try await call(number) } }
          try await group.waitForAll()
        }
      }
      let sent = try await sent(path).dropFirst(before)
      let times = sent.compactMap { $0["time_ms"]?.int }
      let (took, refused) = (times.max()! - times.min()!, sent.count { $0["status"]?.int == 429 })
      #expect(sent.count { $0["status"]?.int == 200 } == calls && took >= seconds * 1000 - 5)
      if refused == 0, took <= seconds * 1150 + 200 { return }
      try #require(run < 3 || late >= disturbed, "\(refused) refused, \(took) ms, though the machine was \(late) late at worst")
      #expect(refused <= calls / 5)
      // What the platform counts is over, and so is what was learnt of it.
      try await Task.sleep(for: .seconds(1.2))
    }
  }

  private func sent(_ path: String) async throws -> [Node] {
    try await app.requests().filter { $0["path"]?.content?.hasSuffix(path) == true }
  }
}

/// A machine that lets threads go on so late may be slow to ask the Redis too, or late for a turn, which is lost then.
private let disturbed = Duration.milliseconds(10)

/// How late this machine lets a thread go on at worst while the work is done.
private func lateness(_ work: () async throws -> Void) async throws -> Duration {
  let watch = Watch()
  Thread.detachNewThread { watch.look() }
  defer { watch.end() }
  try await work()
  return watch.worst
}

private final class Watch: @unchecked Sendable {
  private let lock = NSLock()
  private var isOver = false
  private var late = Duration.zero

  var worst: Duration { lock.withLock { late } }

  func end() { lock.withLock { isOver = true } }

  func look() {
    while !lock.withLock({ isOver }) {
      let began = ContinuousClock.now
      Thread.sleep(forTimeInterval: 0.005)
      let more = ContinuousClock.now - began - .milliseconds(5)
      lock.withLock { late = max(late, more) }
    }
  }
}

private final class Told: @unchecked Sendable {
  private let lock = NSLock()
  private var told: [String] = []

  var lines: [String] { lock.withLock { told } }

  func add(_ line: String) { lock.withLock { told.append(line) } }
}
