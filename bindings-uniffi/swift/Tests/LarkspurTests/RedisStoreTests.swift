import Foundation
import Larkspur
import Testing

@Suite struct RedisStoreTests {
  private let prefix = "swift:\(UUID().uuidString):"
  private let redis = Redis.shared
  private var store: RedisStore { RedisStore(prefix: prefix) { try Redis.shared.eval($0, $1, $2) } }

  @Test("clients of one Redis fetch one token, which lies there as other languages read it")
  func sharing() async throws {
    let app = App()
    for _ in 1...2 {
      var options = app.options()
      options.tokenStore = RedisStore { try Redis.shared.eval($0, $1, $2) }
      let client = try Client(options: options)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 1...8 { group.addTask { _ = try await client.call(list, department) } }
        try await group.waitForAll()
      }
    }
    #expect(try await app.tokenRequests() == 1)
    let script = "return table.concat(redis.call('KEYS', 'larkspur:*' .. ARGV[1] .. '*'), ' ')"
    let key = try #require(try redis.eval(script, [], [app.id]))
    let found = try #require(try redis.ask(["GET", key]))
    #expect(found.wholeMatch(of: /[0-9a-f-]{36} \{.*/) != nil, "it is laid out otherwise")
    #expect((1...7_200_000).contains(try lasting(key)))
  }

  @Test("a value is swapped only for the version that was seen")
  func swapping() async throws {
    #expect(try await store.load("k") == nil)
    #expect(try await swap("k", nil, "1 ü"))
    #expect(try await !swap("k", nil, "2"))
    let first = try #require(try redis.ask(["GET", "\(prefix)k"])).prefix { $0 != " " }
    #expect(try await !swap("k", "another", "2"))
    #expect(try await swap("k", String(first), "2"))
    #expect(try await !swap("k", String(first), "3"))
    let later = try #require(try redis.ask(["GET", "\(prefix)k"]))
    #expect(later.hasSuffix(" 2") && !later.hasPrefix(first))
    #expect(try #require(try await store.load("k")).description.contains(later.prefix { $0 != " " }))
  }

  @Test("a value lasts as long as was said")
  func lasting() async throws {
    #expect(try await store.swap("k", expected: nil, value: "1", ttl: .milliseconds(20)))
    try await Task.sleep(for: .milliseconds(100))
    #expect(try await store.load("k") == nil)
    #expect(try await store.swap("none", expected: nil, value: "1", ttl: .zero))
    #expect(try await store.swap("all", expected: nil, value: "1", ttl: .seconds(Int64.max)))
    #expect(try lasting("\(prefix)all") > 3_000_000_000_000)
  }

  @Test("a client that asks again, since the first answer was lost, is told what it did")
  func twice() async throws {
    let twice = RedisStore(prefix: prefix) {
      _ = try Redis.shared.eval($0, $1, $2)
      return try Redis.shared.eval($0, $1, $2)
    }
    #expect(try await twice.swap("k", expected: nil, value: "1", ttl: .seconds(60)))
    #expect(try await !twice.swap("k", expected: nil, value: "2", ttl: .seconds(60)))
    #expect(try redis.ask(["GET", "\(prefix)k"])?.hasSuffix(" 1") == true)
  }

  @Test(
    "what others keep there is named and left as it is",
    arguments: [
      ("thesis", "the Redis holds something else than tokens; use another prefix"),
      ("v1 sealed:1:AAAA", "the Redis: its values are encrypted; pass the key"),
    ])
  func foreign(found: String, complaint: String) async throws {
    try redis.ask(["SET", "\(prefix)k", found])
    let error = await failure { _ = try await store.load("k") }
    #expect((error as? LarkError)?.description == complaint)
    #expect(try redis.ask(["GET", "\(prefix)k"]) == found)
  }

  @Test("with a key values are encrypted, and only who has it reads them")
  func sealed() async throws {
    func store(_ byte: UInt8, _ count: Int = 32) throws -> RedisStore {
      try RedisStore(prefix: prefix, key: Data(repeating: byte, count: count)) { try Redis.shared.eval($0, $1, $2) }
    }
    #expect(try await store(1).swap("k", expected: nil, value: "t-secret", ttl: .seconds(60)))
    #expect(try redis.ask(["GET", "\(prefix)k"])?.contains(" sealed:1:") == true)
    #expect(try await store(1).load("k") != nil)
    let error = await failure { _ = try await store(2).load("k") }
    #expect((error as? LarkError)?.description == "the Redis: its values were encrypted with another key")
    let short = await failure { _ = try store(1, 31) }
    #expect((short as? LarkError)?.description.hasPrefix("key has 31 bytes; pass 32 random ones") == true)
  }

  @Test("no error quotes a value")
  func quoting() async throws {
    let quoting = RedisStore { _, _, arguments in throw Redis.Refused(told: "unknown command with \(arguments)") }
    let error = await failure { _ = try await quoting.swap("k", expected: nil, value: "t-secret", ttl: .seconds(60)) }
    #expect((error as? LarkError)?.description == "the Redis cannot be asked (Refused)")
    #expect(!String(reflecting: error).contains("t-secret"))
  }

  private func swap(_ key: String, _ expected: String?, _ value: String) async throws -> Bool {
    try await store.swap(key, expected: expected, value: value, ttl: .seconds(60))
  }

  private func lasting(_ key: String) throws -> Int { try #require(try redis.ask(["PTTL", key]).flatMap(Int.init)) }
}
