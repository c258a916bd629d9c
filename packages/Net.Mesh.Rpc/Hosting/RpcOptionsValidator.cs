using Microsoft.Extensions.Options;

namespace Net.Mesh.Rpc.Hosting;

/// <summary>Lists every problem of the options when the application starts.</summary>
internal sealed class RpcOptionsValidator : IValidateOptions<RpcOptions>
{
    public ValidateOptionsResult Validate(string? name, RpcOptions options)
    {
        string[] problems = [.. options.Validate().Select(static problem => "NetMesh:" + problem)];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
