using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Transport;

namespace Net.Mesh.Benchmarks.Transport.Udp;

/// <summary>
/// Datagrams over our own UDP transport, with the least that keeps a receiver from being flooded: a window that its
/// confirmations move. What is lost is not sent again and not counted.
/// </summary>
internal sealed class UdpContender(string name, string kind, IDatagramForm form) : ITransportContender, IDatagramReceiver
{
    public const string RawKind = "udp";
    public const string SealedKind = "sealed-udp";

    private const int WindowBytes = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PingPatience = TimeSpan.FromSeconds(5);

    private readonly IDatagramTransport _transport = UdpTransport.Create(new() { BindAddress = new(IPAddress.Loopback, 0) }, NullLogger.Instance);
    private readonly DatagramBatch _out = new(640 * 1024);
    private readonly DatagramBatch _ping = new(16 * 1024);
    private readonly RoundTripRecorder _roundTrips = new();
    private readonly AutoResetEvent _confirmed = new(false);
    private PeerProcess? _peer;
    private DatagramAddress _to;
    private long _sequence;
    private long _next;
    private long _messages;
    private long _pingSent;
    private long _pingsUntil;
    private int _pingSize;
    private TaskCompletionSource? _pingsDone;

    public string Name => name;

    public async Task<double> MessagesPerSecondAsync(int size, TimeSpan duration, CancellationToken stop)
    {
        await StartAsync(stop);
        return await Task.Factory.StartNew(() => Send(size, duration, stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public async Task<RoundTrips> PingPongAsync(int size, TimeSpan duration, CancellationToken stop)
    {
        await StartAsync(stop);
        _roundTrips.Clear();
        _pingSize = size;
        _pingsDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _pingsUntil = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        Ping();
        await _pingsDone.Task.WaitAsync(duration + PingPatience, stop);
        return _roundTrips.Summarize();
    }

    public void OnReceived(DatagramBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            if (form.Read(batch[i], out DatagramKind received, out _) < 0)
                continue;
            if (received == DatagramKind.Confirmation)
            {
                (long next, long messages) = PlainForm.ReadConfirmation(batch[i]);
                Volatile.Write(ref _messages, messages);
                Volatile.Write(ref _next, next);
                _confirmed.Set();
                continue;
            }
            _roundTrips.Add(_pingSent);
            if (Stopwatch.GetTimestamp() < _pingsUntil)
                Ping(); // from this thread: no other one has to wake up
            else
                _pingsDone!.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync();
        _peer?.Dispose();
        _confirmed.Dispose();
        form.Dispose();
    }

    private async Task StartAsync(CancellationToken stop)
    {
        if (_peer is not null)
            return;
        _peer = await PeerProcess.StartAsync(kind, stop);
        _to = DatagramAddress.From(new(IPAddress.Loopback, _peer.Port));
        _transport.Start(this);
    }

    private double Send(int size, TimeSpan duration, CancellationToken stop)
    {
        int length = form.LengthOf(size, form.MessagesOf(size));
        int window = Math.Clamp(WindowBytes / length, DatagramBatch.DefaultMaxCount * 2, 4096);
        long before = Volatile.Read(ref _messages);
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration && !stop.IsCancellationRequested)
        {
            WaitUntilOpen(window - DatagramBatch.DefaultMaxCount);
            while (_out.HasRoomFor(length))
            {
                form.Write(_out.Reserve(length), DatagramKind.Messages, _sequence++, size);
                _out.Commit(length, _to);
            }
            _transport.Send(_out);
            _out.Clear();
        }
        WaitUntilOpen(0);
        return (Volatile.Read(ref _messages) - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private void WaitUntilOpen(int window)
    {
        while (_sequence - Volatile.Read(ref _next) > window)
        {
            if (!_confirmed.WaitOne(Patience))
                Volatile.Write(ref _next, _sequence); // what is still missing is lost
        }
    }

    private void Ping()
    {
        int length = form.LengthOf(_pingSize, 1);
        form.Write(_ping.Reserve(length), DatagramKind.Ping, Interlocked.Increment(ref _sequence), _pingSize);
        _ping.Commit(length, _to);
        _pingSent = Stopwatch.GetTimestamp();
        _transport.Send(_ping);
        _ping.Clear();
    }
}
