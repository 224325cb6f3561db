import Foundation

#if canImport(Glibc)
  import Glibc
  private let stream = Int32(SOCK_STREAM.rawValue)
#elseif canImport(Darwin)
  import Darwin
  private let stream = SOCK_STREAM
#endif

/// What a test needs of a client of Redis; each question has a connection of its own.
struct Redis: Sendable {
  struct Refused: Error {
    let told: String
  }

  static let shared = Redis(variable: "LARKSPUR_REDIS_PORT")

  private let port: UInt16

  /// The tests are started with the port of a server.
  private init(variable: String) {
    guard let port = ProcessInfo.processInfo.environment[variable].flatMap(UInt16.init) else {
      fatalError("\(variable) names no port; run the tests by cargo xtask test swift")
    }
    self.port = port
  }

  func eval(_ script: String, _ keys: [String], _ arguments: [String]) throws -> String? {
    try ask(["EVAL", script, "\(keys.count)"] + keys + arguments)
  }

  /// A text, the digits of a number, or nothing.
  @discardableResult
  func ask(_ words: [String]) throws -> String? {
    let socket = try connected()
    defer { close(socket) }
    let told = words.reduce("*\(words.count)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" }
    guard send(socket, told, told.utf8.count, 0) == told.utf8.count else { throw POSIXError(.EPIPE) }
    let line = try self.line(socket)
    let rest = String(line.dropFirst())
    switch line.first {
    case "+", ":": return rest
    case "$": return rest == "-1" ? nil : String(decoding: try bytes(socket, Int(rest) ?? 0), as: UTF8.self)
    default: throw Refused(told: rest)
    }
  }

  private func connected() throws -> Int32 {
    let connection = socket(AF_INET, stream, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let outcome = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connection >= 0, outcome == 0 else { throw POSIXError(.ECONNREFUSED) }
    return connection
  }

  private func line(_ socket: Int32) throws -> String {
    var line: [UInt8] = []
    while line.last != UInt8(ascii: "\n") { line += try bytes(socket, 1) }
    return String(decoding: line.dropLast(2), as: UTF8.self)
  }

  private func bytes(_ socket: Int32, _ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard recv(socket, &bytes, count, Int32(MSG_WAITALL)) == count else { throw POSIXError(.ECONNRESET) }
    return bytes
  }
}
