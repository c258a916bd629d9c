using System.Buffers.Binary;
using Net.Mesh.Node;
using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Simulation.Tests;

/// <summary>
/// One node talks to another on a reliable stream, and both behave like programs that open the stream again when it fails. Every message
/// says which lifetime of the stream it belongs to and which number it has there, so that a skip, a repetition or a silent loss shows.
/// </summary>
internal sealed class Conversation(MeshTestCluster cluster, int from, int to, ulong id, int largeEvery = 0)
{
    private static readonly StreamOptions Reliable = new() { Reliability = Reliability.Reliable };

    private readonly List<Spoken> _spoken = [];
    private readonly Dictionary<int, Heard> _heard = [];
    private readonly List<string> _ends = [];
    private StreamPort? _mouth;
    private StreamPort? _ear;
    private MeshNode? _speaker;
    private MeshNode? _listener;
    private int _hearing = -1;

    public int From => from;

    public int To => to;

    public int Sent => _spoken.Sum(static spoken => spoken.Sent);

    public int Received => _heard.Values.Sum(static heard => heard.Count);

    /// <summary>Lifetimes that failed at the speaker.</summary>
    public int Failures => _spoken.Count(static spoken => spoken.HasFailed);

    public bool IsSettled => _mouth is { IsOpen: true } && _mouth.State.Sender.Unacknowledged == 0;

    /// <summary>Sends some messages, as many as the stream takes.</summary>
    public void Speak(int count)
    {
        if (cluster.IsCrashed(from))
            return;
        if (!OpenMouth())
            return;
        Spoken now = _spoken[^1];
        for (int i = 0; i < count; i++)
        {
            if (_mouth!.TrySend(Message(_spoken.Count - 1, now.Sent)) != SendStatus.Sent)
                break;
            now.Sent++;
        }
    }

    /// <summary>Takes what arrived, and opens the stream again when it has ended.</summary>
    public void Listen()
    {
        NoteMouth();
        if (cluster.IsCrashed(to))
            return;
        for (int i = 0; i < 3; i++)
        {
            if (!OpenEar())
                return;
            bool hasEnded = _ear!.HasReceiveEnded;
            while (_ear.TryTake(out InboundPacket packet))
            {
                Hear(packet);
                _ear.Return(packet);
            }
            if (!hasEnded)
                return;
            // An end without a reason would pass for the end of the conversation, and nobody closes here.
            Assert.True(_ear.Failure is not null, $"The stream ended at the listener without a reason. {this}");
            _ends.Add($"ear {_ear.State.ReceiveEnd}/{_ear.State.Epoch}, next {_ear.State.Receiver.NextExpected}, sender {_ear.State.Sender.NextSequence}, at +{cluster.Time.Elapsed.TotalSeconds:0.0}");
            if (_hearing >= 0)
                _heard[_hearing].HasEnded = true;
            _hearing = -1;
            _ear = null;
        }
    }

    /// <summary>Nothing was skipped: what did not arrive was reported as failed where it was sent, and where part of it arrived.</summary>
    public void CheckNothingIsMissing()
    {
        NoteMouth();
        for (int i = 0; i < _spoken.Count; i++)
        {
            Heard heard = _heard.GetValueOrDefault(i) ?? new();
            if (heard.Count == _spoken[i].Sent || heard.IsForgotten)
                continue;
            Assert.True(_spoken[i].HasFailed, $"Lifetime {i}: {heard.Count} of {_spoken[i].Sent} messages arrived, and the speaker knows of no failure. {this}");
            Assert.True(heard.Count == 0 || heard.HasEnded, $"Lifetime {i}: {heard.Count} of {_spoken[i].Sent} messages arrived, and the listener knows of no failure. {this}");
        }
    }

    public override string ToString() =>
        $"Conversation {from}→{to} on {id}: mouth {(_mouth is null ? "none" : $"{_mouth.State.End}, epoch {_mouth.State.Epoch}, unacknowledged {_mouth.State.Sender.Unacknowledged}")}, "
        + $"ear {(_ear is null ? "none" : $"{_ear.State.ReceiveEnd}, epoch {_ear.State.Epoch}, next {_ear.State.Receiver.NextExpected}")}, {Received}/{Sent} messages in {_spoken.Count} lifetimes; {string.Join(", ", _ends)}; {cluster.Network}";

    private bool OpenMouth()
    {
        NoteMouth();
        if (_mouth is not null)
            return true;
        if (!cluster.AreConnected(from, to))
            return false;
        _speaker = cluster[from];
        _mouth = _speaker.Context.OpenStream(cluster[to].NodeId, id, Reliable);
        _mouth.Claim();
        _spoken.Add(new());
        return true;
    }

    private void NoteMouth()
    {
        if (_mouth is null || (_speaker == cluster[from] && _mouth.State.End == StreamEnd.None && _mouth.IsOpen))
            return;
        // A restarted speaker forgot everything, which counts as knowing that it failed.
        _spoken[^1].HasFailed = true;
        _ends.Add($"mouth {_mouth.State.End}/{_mouth.State.Epoch}, next {_mouth.State.Sender.NextSequence}, unacknowledged {_mouth.State.Sender.Unacknowledged}, at +{cluster.Time.Elapsed.TotalSeconds:0.0}");
        _mouth = null;
    }

    private bool OpenEar()
    {
        if (_listener != cluster[to])
        {
            foreach (Heard heard in _heard.Values)
                heard.IsForgotten = true;
            _hearing = -1;
            _ear = null;
            _listener = cluster[to];
        }
        if (_ear is not null)
            return true;
        if (!cluster.AreConnected(to, from))
            return false;
        _ear = _listener.Context.OpenStream(cluster[from].NodeId, id, Reliable);
        _ear.Claim();
        return true;
    }

    private void Hear(in InboundPacket packet)
    {
        if (packet.IsWhole)
        {
            Hear(packet.Bytes);
            return;
        }
        var frames = new EventFrameReader(packet.Bytes, packet.EventCount);
        while (frames.TryRead(out ReadOnlySpan<byte> message))
            Hear(message);
    }

    private void Hear(ReadOnlySpan<byte> message)
    {
        int lifetime = BinaryPrimitives.ReadInt32LittleEndian(message);
        int number = BinaryPrimitives.ReadInt32LittleEndian(message[4..]);
        if (lifetime != _hearing)
        {
            Assert.True(lifetime > _hearing, $"Lifetime {lifetime} after {_hearing}. {this}");
            Assert.False(_heard.ContainsKey(lifetime), $"Lifetime {lifetime} began twice. {this}");
            Assert.True(_hearing < 0 || _heard[_hearing].Count == _spoken[_hearing].Sent, $"Lifetime {lifetime} began inside {_hearing} without an end of that one. {this}");
            _heard[lifetime] = new();
            _hearing = lifetime;
        }
        Heard heard = _heard[lifetime];
        Assert.True(number == heard.Count, $"Message {number} of lifetime {lifetime} came where {heard.Count} was due. {this}");
        Assert.True(message.Length == LengthOf(number), $"Message {number} of lifetime {lifetime} has {message.Length} bytes. {this}");
        heard.Count++;
    }

    private int LengthOf(int number) => largeEvery > 0 && number % largeEvery == largeEvery - 1 ? 20_000 : 8 + (number % 700);

    private byte[] Message(int lifetime, int number)
    {
        byte[] message = new byte[LengthOf(number)];
        BinaryPrimitives.WriteInt32LittleEndian(message, lifetime);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(4), number);
        return message;
    }

    private sealed class Spoken
    {
        public int Sent { get; set; }

        public bool HasFailed { get; set; }
    }

    private sealed class Heard
    {
        public int Count { get; set; }

        public bool HasEnded { get; set; }

        /// <summary>Whether the process that heard it is gone.</summary>
        public bool IsForgotten { get; set; }
    }
}
