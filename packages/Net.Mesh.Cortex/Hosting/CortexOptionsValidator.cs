using Microsoft.Extensions.Options;

namespace Net.Mesh.Cortex.Hosting;

/// <summary>Lists every problem of the options when the application starts.</summary>
internal sealed class CortexOptionsValidator : IValidateOptions<RedexOptions>, IValidateOptions<CortexOptions>
{
    public ValidateOptionsResult Validate(string? name, RedexOptions options) => Result(options.Validate());

    public ValidateOptionsResult Validate(string? name, CortexOptions options) => Result(options.Validate());

    private static ValidateOptionsResult Result(IReadOnlyList<string> problems) => problems.Count == 0
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail(problems.Select(static problem => "NetMesh:" + problem));
}
