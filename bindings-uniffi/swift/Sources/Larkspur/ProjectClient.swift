internal import LarkspurFFI

/// The options of a client of Feishu Project, made by ``Client/init(project:)``. What is left out is read from the environment
/// (`LARK_PLUGIN_ID`, `LARK_PLUGIN_SECRET`, `LARK_PROJECT_URL`) or has the default named here.
public struct ProjectOptions: Sendable {
  /// The plugin's id.
  public var pluginId: String

  /// The plugin's secret.
  public var pluginSecret: String

  /// The user that the plugin acts for; calls with the plugin's token need it.
  public var userKey: String

  /// Whether the token is virtual: for a plugin under development.
  public var isVirtual: Bool

  /// Whether rights are checked strictly as the user's; left out, the platform decides.
  public var checksUserRights: Bool?

  /// Whether writing calls carry a string by which the platform recognises a repetition.
  public var idempotency: Bool

  /// Whether calls wait for their turn by the platform's rates.
  public var pacing: Pacing

  /// What both kinds of clients are told, such as ``ClientOptions/baseURL``; its app id, secret and pacing are
  /// not used.
  public var common: ClientOptions

  /// Options; each has its default.
  public init(
    pluginId: String = "", pluginSecret: String = "", userKey: String = "", isVirtual: Bool = false,
    checksUserRights: Bool? = nil, idempotency: Bool = true, pacing: Pacing = .on, common: ClientOptions = ClientOptions()
  ) {
    self.pluginId = pluginId
    self.pluginSecret = pluginSecret
    self.userKey = userKey
    self.isVirtual = isVirtual
    self.checksUserRights = checksUserRights
    self.idempotency = idempotency
    self.pacing = pacing
    self.common = common
  }

  /// The plugin in the place of the app.
  var plugin: ClientOptions {
    var plugin = common
    (plugin.appId, plugin.appSecret, plugin.pacing) = (pluginId, pluginSecret, pacing)
    return plugin
  }

  var native: LarkspurFFI.ProjectOptions {
    .init(
      userKey: userKey, isVirtual: isVirtual, checksUserRights: checksUserRights, idempotency: idempotency, pacing: pacing.isOn)
  }
}

extension ProjectOptions: CustomStringConvertible, CustomReflectable {
  /// No secret is in it.
  public var description: String { "ProjectOptions(pluginId: \(pluginId), userKey: \(userKey))" }

  /// No secret is in it.
  public var customMirror: Mirror { Mirror(self, children: ["pluginId": pluginId, "userKey": userKey]) }
}

extension Client {
  /// Makes a client of Feishu Project, the second family of the platform: one plugin on one host, acting for a user.
  ///
  /// Operations are named by their ids (`work_item.create`); everything else is as in any client.
  ///
  /// - Throws: ``LarkError/config(_:)`` for an empty credential, a base URL that is no https origin, or an option that cannot be.
  public convenience init(project options: ProjectOptions) throws {
    let plugin = options.plugin
    try self.init(plugin) { try LarkspurFFI.Client(options: plugin.native(project: options.native)) }
  }
}
