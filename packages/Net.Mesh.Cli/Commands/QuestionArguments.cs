using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using Net.Mesh.Capabilities;
using Net.Mesh.Cli.Capabilities;

namespace Net.Mesh.Cli.Commands;

/// <summary>What the verbs that look for nodes ask for.</summary>
internal sealed class QuestionArguments
{
    public const string WhereHelp = """
        --where takes a predicate in the form in which it travels: nodes, each after those that it joins, and which is the root:
          {"nodes":[{"kind":"exists","key":{"axis":"hardware","key":"gpu"}},
                    {"kind":"metadata_equals","key":"site","value":"ulm"},
                    {"kind":"and","children":[0,1]}],"root_idx":2}
        """;

    private readonly Option<bool> _gpu = new("--gpu") { Description = "it has a GPU" };
    private readonly Option<int?> _vram = Arguments.OptionalNumber("--min-vram", "its GPUs have at least N GiB together", 1, int.MaxValue);
    private readonly Option<int?> _memory = Arguments.OptionalNumber("--min-memory", "it has at least N GiB of main memory", 1, int.MaxValue);
    private readonly Option<string[]> _tags = Texts("--tag", "it has this tag; may be repeated, and it has all of them", "TAG");
    private readonly Option<string[]> _models = Texts("--model", "it has this model; may be repeated, and any will do", "ID");
    private readonly Option<string[]> _tenants = Texts("--tenant", "it is of this tenant, or of none; may be repeated, and any will do", "ID");
    private readonly Option<string[]> _regions = Texts("--region", "it is of this region, or of none; may be repeated, and any will do", "NAME");

    private readonly Option<RequiredCapability[]> _required = new("--require")
    {
        Description = "it satisfies this: a tag, or a key with ==, >= or <=, such as \"hardware.memory_gb >= 64\"; may be repeated",
        HelpName = "EXPRESSION",
        CustomParser = result => [.. result.Tokens.Select(token => ParseRequired(result, token.Value)).OfType<RequiredCapability>()],
        DefaultValueFactory = _ => [],
    };

    private readonly Option<Predicate?> _where = Where("the predicate is true of it");

    public static Option<Predicate?> Where(string what) => new("--where") { Description = what, HelpName = "JSON", CustomParser = ParsePredicate };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _gpu, _vram, _memory, _tags, _models, _tenants, _regions, _required, _where })
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_tenants) is { Length: > 0 } && result.GetValue(_regions) is { Length: > 0 })
                result.AddError("--tenant and --region are both given; ask for one of them.");
        });
    }

    public Question Read(Run run)
    {
        CapabilityFilter filter = CapabilityFilter.Any;
        if (run.Value(_gpu))
            filter = filter.RequireGpu();
        if (run.FindValue(_vram) is { } vram)
            filter = filter.MinVramGb((uint)vram);
        if (run.FindValue(_memory) is { } memory)
            filter = filter.MinMemoryGb((uint)memory);
        filter = run.Value(_tags).Aggregate(filter, (so, tag) => so.RequireTag(tag));
        filter = run.Value(_models).Aggregate(filter, (so, model) => so.RequireModel(model));
        ScopeFilter scope = run.Value(_tenants) is { Length: > 0 } tenants ? ScopeFilter.Tenants(tenants)
            : run.Value(_regions) is { Length: > 0 } regions ? ScopeFilter.Regions(regions)
            : ScopeFilter.Any;
        return new(filter, scope, run.Value(_required), run.Find(_where));
    }

    public static Option<string[]> Texts(string name, string what, string helpName) => new(name)
    {
        Description = what,
        HelpName = helpName,
        DefaultValueFactory = _ => [],
    };

    private static RequiredCapability? ParseRequired(ArgumentResult result, string text)
    {
        try
        {
            return RequiredCapability.Parse(text);
        }
        catch (FormatException problem)
        {
            result.AddError($"--require is \"{text}\": {problem.Message}");
            return null;
        }
    }

    private static Predicate? ParsePredicate(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (Predicate.TryFromJson(Encoding.UTF8.GetBytes(text), out Predicate? predicate, out PredicateWireError error))
            return predicate;
        string shown = text.Length > 60 ? text[..57] + "…" : text;
        result.AddError($"--where is {shown}, which is no predicate ({error}); --help shows one.");
        return null;
    }
}
