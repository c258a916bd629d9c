using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Net.Mesh.Transport;

/// <summary>
/// What every UDP transport is: one socket that everything leaves from (spec 02 T11), one thread that reads it (spec 01 T15),
/// and an orderly end: the thread is woken and waited for before the socket goes (spec 01 T28).
/// </summary>
internal abstract class UdpSocketTransport : IDatagramTransport
{
    private const int FirstPauseMilliseconds = 1;
    private const int LongestPauseMilliseconds = 100;

    private readonly Lock _lifecycle = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly TaskCompletionSource _receptionEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger _log;
    private IDatagramReceiver? _receiver;
    private volatile bool _isStopping;
    private bool _hasLoggedReceiver;
    private bool _hasLoggedFailure;
    private int _pauseMilliseconds;

    protected UdpSocketTransport(UdpSocket socket, string description, UdpTransportOptions options, ILogger log)
    {
        Socket = socket.Socket;
        LocalAddress = socket.Address;
        IsIPv6 = socket.Socket.AddressFamily == AddressFamily.InterNetworkV6;
        Description = $"{description}; {socket.Buffers}";
        MaxDatagramBytes = options.MaxDatagramBytes;
        _log = log;
    }

    public DatagramAddress LocalAddress { get; }

    public string Description { get; }

    public DatagramTransportStatistics Statistics => Counters.Snapshot;

    internal Socket Socket { get; }

    protected bool IsIPv6 { get; }

    protected int MaxDatagramBytes { get; }

    protected UdpCounters Counters { get; } = new();

    protected bool IsStopping => _isStopping;

    public void Start(IDatagramReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        lock (_lifecycle)
        {
            ObjectDisposedException.ThrowIf(_isStopping, this);
            if (_receiver is not null)
                throw new InvalidOperationException($"The transport on {LocalAddress} was started before; a socket has one reader.");
            _receiver = receiver;
            new Thread(Receive) { IsBackground = true, Name = "netmesh-udp-receive" }.Start();
        }
    }

    public abstract int Send(DatagramBatch batch);

    public async ValueTask DisposeAsync()
    {
        bool isFirst, wasStarted;
        lock (_lifecycle)
        {
            isFirst = !_isStopping;
            wasStarted = _receiver is not null;
            _isStopping = true;
        }
        if (isFirst)
        {
            _stop.Set();
            Unblock();
            if (wasStarted)
                await _receptionEnded.Task.ConfigureAwait(false);
            Socket.Dispose();
            _stopped.SetResult();
        }
        await _stopped.Task.ConfigureAwait(false);
    }

    /// <summary>Receives and delivers until <see cref="IsStopping"/>, or until the socket is of no use any more.</summary>
    protected abstract void ReceiveUntilStopped();

    /// <summary>Makes a receive call that is under way return, and every later one.</summary>
    protected abstract void Unblock();

    /// <summary>Hands a batch to the receiver and empties it.</summary>
    protected void Deliver(DatagramBatch batch)
    {
        _pauseMilliseconds = 0;
        if (batch.Count == 0)
            return;
        long bytes = 0;
        for (int i = 0; i < batch.Count; i++)
            bytes += batch.LengthOf(i);
        Counters.AddReceived(batch.Count, bytes);
        try
        {
            _receiver!.OnReceived(batch);
        }
        catch (Exception e) // a receiver's fault must not deafen the node
        {
            if (!_hasLoggedReceiver)
                _log.UdpReceiverThrew(e);
            _hasLoggedReceiver = true;
        }
        batch.Clear();
    }

    /// <summary>
    /// After a failed receive call: an error that repeats itself waits longer each time, from 1 to 100 ms (spec 01 §17), and
    /// a stop ends the wait.
    /// </summary>
    protected void PauseAfterFailure(int error)
    {
        Counters.AddReceiveFailure();
        if (!_hasLoggedFailure)
            _log.UdpReceptionFailed(LocalAddress, error);
        _hasLoggedFailure = true;
        _pauseMilliseconds = Math.Clamp(_pauseMilliseconds * 2, FirstPauseMilliseconds, LongestPauseMilliseconds);
        _stop.Wait(_pauseMilliseconds);
    }

    private void Receive()
    {
        try
        {
            ReceiveUntilStopped();
        }
        catch (Exception e)
        {
            if (!_isStopping)
                _log.UdpReceptionEnded(e, LocalAddress);
        }
        finally
        {
            _receptionEnded.SetResult();
        }
    }
}
