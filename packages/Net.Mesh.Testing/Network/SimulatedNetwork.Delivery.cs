using Net.Mesh.Transport;

namespace Net.Mesh.Testing;

public sealed partial class SimulatedNetwork
{
    /// <summary>A transport sends; false when it is gone.</summary>
    internal bool Send(SimulatedTransport sender, in DatagramAddress destination, ReadOnlySpan<byte> bytes)
    {
        DatagramAddress source;
        lock (_lock)
        {
            if (sender.IsGone)
                return false;
            source = sender.PublicAddress;
        }
        Send(sender, source, destination, bytes);
        return true;
    }

    internal void StartReceiving(SimulatedTransport transport, IDatagramReceiver receiver)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(transport.IsGone, transport);
            if (transport.Receiver is not null)
                throw new InvalidOperationException("The transport was started before.");
            transport.Receiver = receiver;
            while (transport.Waiting.TryDequeue(out SimulatedDatagram? datagram))
                Enqueue(datagram, _time.NowTicks);
            ArmTimer();
        }
    }

    private void Send(SimulatedTransport? sender, in DatagramAddress source, in DatagramAddress destination, ReadOnlySpan<byte> bytes)
    {
        // Tap and filter are the test's code: outside the lock.
        Report(DatagramFate.Sent, source, destination, bytes);
        bool passes = Filter?.Invoke(new(_time.GetUtcNow(), DatagramFate.Sent, source, destination, bytes)) ?? true;
        DatagramFate fate = passes ? PutOnItsWay(sender, source, destination, bytes) : DatagramFate.LostToFilter;
        if (fate != DatagramFate.Sent)
            Report(fate, source, destination, bytes);
    }

    private DatagramFate PutOnItsWay(SimulatedTransport? sender, in DatagramAddress source, in DatagramAddress destination, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (!_transports.TryGetValue(destination, out SimulatedTransport? receiver))
                return DatagramFate.LostToNobody;
            SimulatedLink link = sender is null ? new(_profile) : LinkOf(sender, receiver);
            if (IsBlocked(sender, receiver))
                return DatagramFate.LostToBlock;
            if (bytes.Length > link.Profile.MtuBytes)
                return DatagramFate.LostToMtu;
            if (_inFlight.Count >= MaxInFlight || !link.TryDepart(_time.NowTicks, bytes.Length, out long departure))
                return DatagramFate.LostToFullQueue;
            if (_chance.NextChance(link.Profile.Loss))
                return DatagramFate.LostByChance;

            var datagram = new SimulatedDatagram(sender, receiver, source, destination, bytes.ToArray());
            Enqueue(datagram, link.ArrivalOf(departure, ref _chance));
            if (_chance.NextChance(link.Profile.Duplication))
            {
                _duplicated++;
                Enqueue(datagram, link.ArrivalOf(departure, ref _chance));
            }
            ArmTimer();
            return DatagramFate.Sent;
        }
    }

    private void Enqueue(SimulatedDatagram datagram, long due) => _inFlight.Enqueue(datagram, (due, _nextOrder++));

    private void ArmTimer()
    {
        if (_inFlight.TryPeek(out _, out (long Due, long Order) next))
            _timer.Change(TimeSpan.FromTicks(Math.Max(0, next.Due - _time.NowTicks)), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Runs on the clock: hands over what is due now. What is sent meanwhile waits for the next round.</summary>
    private void DeliverDue()
    {
        long end;
        lock (_lock)
            end = _nextOrder;
        try
        {
            while (TakeRun(end) is { } run)
                Deliver(run);
        }
        finally
        {
            // Also when a receiver threw: the test sees the exception, and the rest still arrives.
            lock (_lock)
                ArmTimer();
        }
    }

    /// <summary>The next datagrams that are due, as many as go to one receiver without another in between.</summary>
    private List<SimulatedDatagram>? TakeRun(long end)
    {
        List<SimulatedDatagram>? run = null;
        int bytes = 0;
        lock (_lock)
        {
            while (_inFlight.TryPeek(out SimulatedDatagram? next, out (long Due, long Order) place)
                && place.Due <= _time.NowTicks && place.Order < end
                && (run is null || (next.Receiver == run[0].Receiver && run.Count < DatagramBatch.DefaultMaxCount && bytes + next.Bytes.Length <= BatchBytes)))
            {
                _inFlight.Dequeue();
                (run ??= []).Add(next);
                bytes += next.Bytes.Length;
            }
        }
        return run;
    }

    private void Deliver(List<SimulatedDatagram> run)
    {
        SimulatedTransport transport = run[0].Receiver;
        _batch.Clear();
        foreach (SimulatedDatagram datagram in run)
        {
            DatagramFate? fate = Arrive(datagram);
            if (fate is not { } decided)
                continue;
            Report(decided, datagram.Source, datagram.Destination, datagram.Bytes);
            if (decided != DatagramFate.Delivered)
                continue;
            datagram.Bytes.CopyTo(_batch.Reserve(datagram.Bytes.Length));
            _batch.Commit(datagram.Bytes.Length, datagram.Source);
        }
        if (_batch.Count == 0)
            return;
        transport.CountReceived(_batch);
        transport.Receiver!.OnReceived(_batch);
    }

    /// <summary>What becomes of a datagram at the end of its way; null when it waits for the transport to be started.</summary>
    private DatagramFate? Arrive(SimulatedDatagram datagram)
    {
        lock (_lock)
        {
            SimulatedTransport receiver = datagram.Receiver;
            if (!_transports.TryGetValue(datagram.Destination, out SimulatedTransport? holder) || holder != receiver)
                return DatagramFate.LostToNobody;
            if (IsBlocked(datagram.Sender, receiver))
                return DatagramFate.LostToBlock;
            if (receiver.Receiver is not null)
                return DatagramFate.Delivered;
            if (receiver.Waiting.Count >= MaxWaiting)
                return DatagramFate.LostToFullQueue;
            receiver.Waiting.Enqueue(datagram);
            return null;
        }
    }

    private bool IsBlocked(SimulatedTransport? sender, SimulatedTransport receiver) => sender is not null && _blocked.Contains((sender, receiver));

    private void Report(DatagramFate fate, in DatagramAddress source, in DatagramAddress destination, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
            _fates[(int)fate]++;
        Tap?.Invoke(new(_time.GetUtcNow(), fate, source, destination, bytes));
    }
}
