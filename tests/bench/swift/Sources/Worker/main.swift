// `Worker CLIENT WORK URL COUNT`: the client is `larkspur` or `urlsession`. It writes one JSON line for each of four windows; `start`
// writes the moment at which the first call is finished, in nanoseconds since 1970.

import Foundation
import Larkspur

struct Sent: Decodable, Sendable { let message_id: String }

/// What both send.
struct Outgoing: Encodable, Sendable {
  var receive_id_type: String?
  let receive_id = "oc_5ad11d72b830411d72b836c20"
  let msg_type = "text"
  let content = #"{"text":"hello"}"#
}

protocol Peer: Sendable {
  func post() async throws
  func get() async throws
}

struct Ours: Peer {
  let client: Client

  init(_ url: String) throws { client = try Client(options: .init(appId: "cli_bench", appSecret: "secret", baseURL: url)) }

  func post() async throws {
    let sent = try await client.call(
      "im.v1.message.create", arguments: Outgoing(receive_id_type: "chat_id"), as: Sent.self)
    precondition(sent.message_id.hasPrefix("om_"))
  }

  func get() async throws {
    let sent = try await client.call("im.v1.message.get", arguments: ["message_id": "om_dc13"] as Json, as: Sent.self)
    precondition(sent.message_id.hasPrefix("om_"))
  }
}

let arguments = CommandLine.arguments
let (name, work, url, count) = (arguments[1], arguments[2], arguments[3], Int(arguments[4])!)
let peer: any Peer = name == "larkspur" ? try Ours(url) : ByHand(url)

switch work {
case "start":
  try await peer.post()
  print(Int(Date().timeIntervalSince1970 * 1e9))
case "post": try await measure(inFlight: 1) { try await peer.post() }
case "get": try await measure(inFlight: 1) { try await peer.get() }
case "many": try await measure(inFlight: 64) { try await peer.post() }
default: fatalError("there is no work \(work)")
}

func measure(inFlight: Int, _ call: @escaping @Sendable () async throws -> Void) async throws {
  for _ in 1...4 {
    let (began, burnt) = (ContinuousClock.now, cpu())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...inFlight {
        group.addTask { for _ in 1...(count / inFlight) { try await call() } }
      }
      try await group.waitForAll()
    }
    let (wall, spent) = ((ContinuousClock.now - began) / .seconds(1), cpu() - burnt)
    print(#"{"calls":\#(count / inFlight * inFlight),"wall":\#(wall),"cpu":\#(spent)}"#)
  }
}

/// Seconds of the processor that this process has used.
func cpu() -> Double {
  Double(clock()) / Double(CLOCKS_PER_SEC)
}
