import Larkspur
import Testing

@Suite struct PacingTests {
  @Test("a call beyond the rate of its page waits until the second is over")
  func waiting() async throws {
    let app = App()
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
}
