using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Net.Mesh.Architecture.Tests.Rules;

/// <summary>Which package may stand on which: docs/architecture.md has the same table.</summary>
public static partial class PackageReferences
{
    private static readonly Dictionary<string, Allowed> Table = new()
    {
        ["Net.Mesh.Core"] = new([],
        [
            "MemoryPack.Core", "Microsoft.Extensions.Configuration.Binder", "Microsoft.Extensions.Diagnostics.HealthChecks",
            "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Logging.Abstractions",
            "Microsoft.Extensions.Options.ConfigurationExtensions", "NSec.Cryptography", "System.IO.Hashing",
        ]),
        ["Net.Mesh.Cortex"] = new(["Net.Mesh.Core"], ["Microsoft.Extensions.Configuration.Binder", "System.IO.Hashing"]),
        ["Net.Mesh.Rpc"] = new(["Net.Mesh.Core", "Net.Mesh.Rpc.Generators"], ["Microsoft.Extensions.Configuration.Binder", "Polly.Core"]),
        ["Net.Mesh.Rpc.Generators"] = new([], ["Microsoft.CodeAnalysis.CSharp"]),
        ["Net.Mesh.Redis"] = new(["Net.Mesh.Core"], ["StackExchange.Redis"]),
        ["Net.Mesh.JetStream"] = new(["Net.Mesh.Core"], ["NATS.Client.JetStream", "NATS.Client.Core", "NATS.NKeys", "NATS.Net"]),
        ["Net.Mesh.Cli"] = new(["Net.Mesh.Core", "Net.Mesh.Cortex", "Net.Mesh.Rpc"], ["Microsoft.Extensions.Logging.Console", "Spectre.Console", "System.CommandLine"]),
        ["Net.Mesh.Testing"] = new(["Net.Mesh.Core"], ["xunit.v3.assert", "xunit.v3.extensibility.core"]),
    };

    private sealed record Allowed(string[] Projects, string[] Packages);

    public static IReadOnlyList<string> Check(string package, XDocument project)
    {
        if (!Table.TryGetValue(package, out Allowed? allowed))
            return [$"{package} is not in the table of packages; add what it may depend on"];
        return
        [
            .. Items(project, "ProjectReference")
                .Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))
                .Where(name => !allowed.Projects.Contains(name))
                .Select(name => $"{package} references {name}, which the table of packages does not allow"),
            .. Items(project, "PackageReference").Concat(Items(project, "PackageDownload"))
                .Where(name => !allowed.Packages.Contains(name))
                .Select(name => $"{package} references the package {name}, which its row does not allow"),
        ];
    }

    /// <summary>No package looks into another's internals; tests and benchmarks may.</summary>
    public static IReadOnlyList<string> CheckInternals(string package, XDocument project, IEnumerable<SourceFile> sources)
    {
        IEnumerable<string> friends = Items(project, "InternalsVisibleTo")
            .Concat(sources.SelectMany(file => InternalsVisibleToAttribute().Matches(file.Text)).Select(match => match.Groups[1].Value));
        return
        [
            .. friends.Where(friend => !friend.EndsWith(".Tests", StringComparison.Ordinal) && friend != "Net.Mesh.Benchmarks")
                .Select(friend => $"{package} opens its internals to {friend}; make what it needs a public seam"),
        ];
    }

    /// <summary>Versions stand in Directory.Packages.props only; elsewhere a property of that file may be named.</summary>
    public static IReadOnlyList<string> CheckVersions(string path, XDocument file) =>
    [
        .. file.Descendants()
            .Where(item => item.Name.LocalName is "PackageReference" or "PackageDownload" or "PackageVersion" or "GlobalPackageReference")
            .SelectMany(item => new[] { item.Attribute("Version"), item.Attribute("VersionOverride") })
            .Where(version => version is not null && !PropertyOnly().IsMatch(version.Value))
            .Select(version => $"{path} gives {version!.Parent!.Attribute("Include")?.Value} the {version.Name} {version.Value}; versions belong in Directory.Packages.props"),
    ];

    private static IEnumerable<string> Items(XDocument project, string name) => project.Descendants()
        .Where(item => item.Name.LocalName == name)
        .Select(item => item.Attribute("Include")?.Value)
        .OfType<string>();

    [GeneratedRegex("""InternalsVisibleTo(?:Attribute)?\s*\(\s*"([^",]+)""")]
    private static partial Regex InternalsVisibleToAttribute();

    [GeneratedRegex("""^\[?\$\([A-Za-z0-9]+\)\]?$""")]
    private static partial Regex PropertyOnly();
}
