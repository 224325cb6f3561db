import Foundation
import Larkspur
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// They run by themselves: other tests would be measured along.
@Suite(.serialized) struct CrowdTests {
  @Test("a thousand tasks on a cold client fetch one token")
  func oneToken() async throws {
    let app = App()
    let client = try app.client()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...1000 { group.addTask { _ = try await client.call(create, hello.text) } }
      try await group.waitForAll()
    }
    let (tokens, calls) = (try await app.tokenRequests(), try await app.calls().count)
    #expect(tokens == 1)
    #expect(calls == 1000)
  }

  @Test("20,000 calls leave no threads and no memory behind", .enabled(if: hasStatus))
  func nothingLeft() async throws {
    let client = try App().client()
    try await make(client, 4_000)
    let (threads, memory) = try (status("Threads:"), status("VmRSS:"))
    try await make(client, 20_000)
    let (threadsAfter, memoryAfter) = try (status("Threads:"), status("VmRSS:"))
    #expect(threadsAfter <= threads + 2)
    // Without a leak it wavers by some megabytes; one of a kilobyte a call would show as 20.
    #expect(memoryAfter < memory + 10_000, "\(memoryAfter) KB after \(memory) KB")
  }

  @Test("what a store throws is written to standard error, and the call goes on", .enabled(if: hasStatus))
  func logged() async throws {
    struct Locked: Error {}
    let app = App()
    let file = FileManager.default.temporaryDirectory.appending(path: "larkspur-\(UUID().uuidString)").path()
    defer { try? FileManager.default.removeItem(atPath: file) }
    let (log, kept) = (open(file, O_CREAT | O_WRONLY, 0o600), dup(STDERR_FILENO))
    dup2(log, STDERR_FILENO)
    defer { for descriptor in [log, kept] { close(descriptor) } }
    var options = app.options()
    options.tokenStore = RedisStore { _, _, _ in throw Locked() }
    let outcome = await failure { _ = try await Client(options: options).call(list, department) }
    dup2(kept, STDERR_FILENO)
    #expect(outcome == nil)
    let line = "larkspur: the token store failed; the call goes on without it: the Redis cannot be asked (Locked)\n"
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains(line))
  }

  private func make(_ client: Client, _ count: Int) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...64 {
        group.addTask {
          for _ in 1...(count / 64) {
            guard case LarkError.notFound? = await failure(of: { _ = try await client.call(get, unknown) }) else {
              throw Unexpected()
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private struct Unexpected: Error {}

  private func status(_ name: String) throws -> Int {
    let lines = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
    return Int(lines.first { $0.hasPrefix(name) }?.filter(\.isNumber) ?? "") ?? 0
  }
}

private let hasStatus = FileManager.default.fileExists(atPath: "/proc/self/status")
