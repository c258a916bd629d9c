using System.Globalization;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Cli.Capabilities;

/// <summary>A GPU as people write it: <c>vendor</c>, <c>vendor:model</c> or <c>vendor:model:vram</c>, such as <c>nvidia:RTX 4090:24</c>.</summary>
internal static class GpuText
{
    public const string Form = "vendor[:model[:GiB]], such as nvidia:RTX 4090:24";
    public const string Vendors = "nvidia, amd, intel, apple or qualcomm";

    public static GpuInfo? TryParse(string text)
    {
        string[] parts = text.Split(':');
        uint vram = 0;
        bool isGpu = parts.Length <= 3
            && char.IsLetter(text[0]) // an enum's number is a name to no one
            && Enum.TryParse(parts[0], ignoreCase: true, out GpuVendor _)
            && (parts.Length < 3 || uint.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out vram));
        return isGpu ? new() { Vendor = Enum.Parse<GpuVendor>(parts[0], ignoreCase: true), Model = parts.ElementAtOrDefault(1) ?? "", VramGb = vram } : null;
    }
}
