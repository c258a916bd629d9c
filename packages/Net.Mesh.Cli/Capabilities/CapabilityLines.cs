using System.Globalization;
using System.Text;
using Net.Mesh.Capabilities;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Capabilities;

/// <summary>What a node can do, as lines. It comes from others, so a terminal gets no control characters of it.</summary>
internal static class CapabilityLines
{
    private const int MaxTags = 12;

    public static CapabilityLine Line(NodeId node, string change, CapabilitySet set) => new(
        change, node.ToString(), [.. set.Tags.Select(tag => tag.Text)], set.Metadata.Count == 0 ? null : set.Metadata.ToDictionary());

    /// <summary>In one line: the machine, and the first of the other tags.</summary>
    public static string Short(NodeId node, string change, CapabilitySet set)
    {
        string[] tags = [.. set.Tags.Where(tag => tag.Axis != TaxonomyAxis.Hardware).Select(tag => tag.Text)];
        var parts = new List<string>();
        if (Machine(set.Views.Hardware) is { Length: > 0 } machine)
            parts.Add(machine);
        if (tags.Length > 0)
            parts.Add($"{string.Join(' ', tags.Take(MaxTags))}{(tags.Length > MaxTags ? " …" : "")}");
        return Printable.Text($"cap    {node} {change}{(parts.Count == 0 ? "" : ": ")}{string.Join("; ", parts)}");
    }

    /// <summary>All of it.</summary>
    public static string Long(NodeId node, CapabilitySet set)
    {
        var text = new StringBuilder($"node     {node}");
        if (Machine(set.Views.Hardware) is { Length: > 0 } machine)
            text.Append(CultureInfo.InvariantCulture, $"\nmachine  {Printable.Text(machine)}");
        foreach (Tag tag in set.Tags)
            text.Append(CultureInfo.InvariantCulture, $"\ntag      {Printable.Text(tag.Text)}");
        foreach ((string key, string value) in set.Metadata)
            text.Append(CultureInfo.InvariantCulture, $"\nmetadata {Printable.Text(key)}={Printable.Text(value)}");
        return text.ToString();
    }

    private static string Machine(HardwareCapabilities hardware)
    {
        var parts = new List<string>();
        foreach (GpuInfo gpu in new[] { hardware.Gpu }.OfType<GpuInfo>().Concat(hardware.AdditionalGpus))
        {
            string maker = gpu.Vendor == GpuVendor.Unknown ? "GPU" : gpu.Vendor.ToString();
            parts.Add($"{maker}{(gpu.Model.Length > 0 ? $" {gpu.Model}" : "")}{(gpu.VramGb > 0 ? $" {gpu.VramGb} GiB" : "")}");
        }
        if (hardware.CpuCores > 0)
            parts.Add($"{hardware.CpuCores} cores");
        if (hardware.MemoryGb > 0)
            parts.Add($"{hardware.MemoryGb} GiB memory");
        return string.Join(", ", parts);
    }
}
