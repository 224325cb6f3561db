package io.github.larkspur

/**
 * Calls Feishu Project, the second family of the platform: one plugin on one host, acting for a user. Operations are named by their ids
 * (`work_item.create`); everything else is as in [Client].
 */
public class ProjectClient @JvmOverloads constructor(options: ProjectOptions = ProjectOptions()) :
    Client(options.common, options.native(), options.pacing)

/**
 * The options of a [ProjectClient]. What is left out is read from the environment (`LARK_PLUGIN_ID`, `LARK_PLUGIN_SECRET`,
 * `LARK_PROJECT_URL`) or has the default named here.
 *
 * @property pluginId the plugin's id
 * @property pluginSecret its secret
 * @property userKey the user that the plugin acts for; calls with the plugin's token need it
 * @property isVirtual whether the token is virtual: for a plugin under development
 * @property checksUserRights whether rights are checked strictly as the user's; left out, the platform decides
 * @property idempotency whether writing calls carry a string by which the platform recognises a repetition
 * @property pacing whether calls wait for their turn by the platform's rates
 * @property common what both kinds of clients are told, such as `baseUrl`; its app id, secret and pacing are not used
 */
public class ProjectOptions @JvmOverloads constructor(
    public val pluginId: String = "",
    public val pluginSecret: String = "",
    public val userKey: String = "",
    public val isVirtual: Boolean = false,
    public val checksUserRights: Boolean? = null,
    public val idempotency: Boolean = true,
    public val pacing: Pacing = Pacing.On,
    public val common: ClientOptions = ClientOptions(),
) {
    /** No secret is in it. */
    override fun toString(): String = "ProjectOptions(pluginId=$pluginId, userKey=$userKey)"

    internal fun native(): io.github.larkspur.ffi.ClientOptions = common.native().copy(
        appId = pluginId,
        appSecret = pluginSecret,
        pacingStore = pacing.store?.native,
        project = io.github.larkspur.ffi.ProjectOptions(userKey, isVirtual, checksUserRights, idempotency, pacing != Pacing.Off),
    )
}
