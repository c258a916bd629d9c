namespace Net.Mesh.Capabilities;

/// <summary>What a <see cref="CapabilityRequirement"/> weighs of a set.</summary>
internal readonly record struct ScoreFacts(uint MemoryGb, ulong TotalVramGb, uint FastestModel, float LoadedShare)
{
    public static ScoreFacts Of(CapabilitySet set)
    {
        HardwareCapabilities hardware = set.Views.Hardware;
        IReadOnlyList<ModelCapability> models = set.Views.Models;
        uint fastest = 0;
        int loaded = 0;
        for (int i = 0; i < models.Count; i++)
        {
            fastest = Math.Max(fastest, models[i].TokensPerSecond);
            loaded += models[i].IsLoaded ? 1 : 0;
        }
        return new(hardware.MemoryGb, hardware.TotalVramGb, fastest, models.Count == 0 ? 0f : (float)loaded / models.Count);
    }
}
