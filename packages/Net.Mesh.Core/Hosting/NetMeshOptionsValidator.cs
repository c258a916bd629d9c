using Microsoft.Extensions.Options;

namespace Net.Mesh.Hosting;

/// <summary>Lists every problem of the options when the application starts.</summary>
internal sealed class NetMeshOptionsValidator : IValidateOptions<NetMeshOptions>
{
    public ValidateOptionsResult Validate(string? name, NetMeshOptions options)
    {
        if (options.Bus is null)
            return ValidateOptionsResult.Fail("NetMesh:Bus is null; leave it out for the defaults");
        string[] problems =
        [
            .. options.Bus.Validate().Select(static problem => "NetMesh:Bus:" + problem),
            .. (options.Node?.Validate() ?? []).Select(static problem => "NetMesh:Node:" + problem),
            .. (options.Channels?.Validate() ?? []).Select(static problem => "NetMesh:" + problem),
            .. (options.Capabilities?.Validate() ?? []).Select(static problem => "NetMesh:" + problem),
            .. (options.Subnets?.Validate() ?? []).Select(static problem => "NetMesh:" + problem),
        ];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
