using System.Diagnostics.Metrics;

namespace Net.Mesh.Cortex.Tests.Support;

/// <summary>The channels whose folds the instruments know.</summary>
internal static class FoldChannels
{
    public static IReadOnlyList<string> Running()
    {
        var channels = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "netmesh.cortex.fold.running")
                listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((_, _, tags, _) => channels.Add((string)tags[0].Value!));
        listener.Start();
        listener.RecordObservableInstruments();
        return channels;
    }
}
